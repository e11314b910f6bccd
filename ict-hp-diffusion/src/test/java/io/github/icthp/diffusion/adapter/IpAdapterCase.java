package io.github.icthp.diffusion.adapter;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.ImageSource;
import io.github.icthp.clip.ClipImageEncoder;
import io.github.icthp.clip.VisionSource;
import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.StyleTokens;
import io.github.icthp.diffusion.unet.UNet;
import io.github.icthp.diffusion.unet.UNetCase;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** A golden adapter on its UNet, with its encoder and inputs, within a scope of its own. */
final class IpAdapterCase implements AutoCloseable {

    private final TensorScope scope = TensorScope.open(Devices.tested());
    private final Path folder;
    private final JsonObject json;
    private final Expected inputs;
    private final UNet unet;
    private final IpAdapter adapter;
    private final Set<String> checked = new HashSet<>();

    IpAdapterCase(Path folder, Path temporary) {
        this.folder = folder;
        this.json = Golden.json(folder.resolve("case.json"));
        this.inputs = Expected.open(folder.resolve("inputs.safetensors"));
        Path pipeline = pipeline(folder, json, temporary);
        this.unet = UNetCase.load(pipeline.resolve("unet"), DType.FLOAT32);
        this.adapter = load(adapterFiles().get(0));
    }

    /** Unpacks the pipeline that a case is on. */
    static Path pipeline(Path folder, JsonObject json, Path temporary) {
        Path packed = folder.resolve(json.get("base_pipeline").getAsString()).normalize();
        return Golden.unpack(packed, temporary.resolve(folder.getFileName().toString()));
    }

    IpAdapter load(Path file) {
        return IpAdapter.load(file, unet.linears(), Devices.tested(), DType.FLOAT32);
    }

    JsonObject json() {
        return json;
    }

    UNet unet() {
        return unet;
    }

    IpAdapter adapter() {
        return adapter;
    }

    NDArray input(String name) {
        return inputs.get(name);
    }

    Expected open(String file) {
        return Expected.open(folder.resolve(file));
    }

    List<Path> adapterFiles() {
        return json.getAsJsonArray("adapter").asList().stream()
                .map(name -> folder.resolve(name.getAsString()).normalize())
                .toList();
    }

    ImageSource picture(int number) {
        return ImageSource.of(folder.resolve("image_" + number + ".png"));
    }

    /** The adapter as a program opens it, with the encoder that lies beside it. */
    StyleAdapter opened() {
        return StyleAdapter.open(adapterFiles().get(0));
    }

    VisionSource encoder() {
        Path own = folder.resolve(json.get("image_encoder").getAsString()).normalize();
        return VisionSource.find(own);
    }

    Set<String> swaps() {
        return swapFiles().keySet();
    }

    private JsonObject swapFiles() {
        return json.getAsJsonObject("swap").getAsJsonObject("files");
    }

    /** The exchanged encoder in the released layout. */
    VisionSource swap(String name) {
        return swap(folder, json, name);
    }

    static VisionSource swap(Path folder, JsonObject json, String name) {
        String file = json.getAsJsonObject("swap").getAsJsonObject("files").get(name).getAsString();
        Path weights = folder.resolveSibling(file);
        return name.equals("hp")
                ? VisionSource.ofHp(weights, Optional.empty(), Optional.empty())
                : VisionSource.ofIct(weights.getParent(), Optional.empty(), Optional.empty());
    }

    StyleScale scale(String name) {
        return scale(json.getAsJsonObject("scales").get(name));
    }

    /** Reads scales as diffusers takes them. */
    static StyleScale scale(JsonElement value) {
        if (value.isJsonPrimitive()) {
            return StyleScale.of(value.getAsDouble());
        }
        Map<String, Double> blocks = new TreeMap<>();
        value.getAsJsonObject()
                .entrySet()
                .forEach(side -> put(side.getKey(), side.getValue(), blocks));
        return new StyleScale(blocks);
    }

    private static void put(String name, JsonElement value, Map<String, Double> blocks) {
        if (value.isJsonPrimitive()) {
            blocks.put(name, value.getAsDouble());
        } else if (value instanceof JsonArray list && list.size() == 1) {
            blocks.put(name, list.get(0).getAsDouble());
        } else if (value instanceof JsonArray list) {
            for (int i = 0; i < list.size(); i++) {
                blocks.put(name + "." + i, list.get(i).getAsDouble());
            }
        } else {
            value.getAsJsonObject()
                    .entrySet()
                    .forEach(e -> put(name + "." + e.getKey(), e.getValue(), blocks));
        }
    }

    /** The tokens of no picture, of batch 1. */
    NDArray unconditional(ClipImageEncoder encoder) {
        return adapter.unconditional(encoder, UnaryOperator.identity(), 1);
    }

    /** What the UNet is told, with one picture's tokens (1, T, E) for every sample. */
    Conditioning told(NDArray tokens, StyleScale scale) {
        Conditioning plain = UNetCase.conditioning(inputs, "", DType.FLOAT32);
        NDArray each = IpAdapter.PROGRAM.call("batch", tokens, tokens, 0, (int) plain.batch());
        return plain.withStyles(List.of(new StyleTokens(each, adapter.layers(scale))));
    }

    NDArray predict(NDArray tokens, StyleScale scale) {
        return unet.predict(inputs.get("sample"), inputs.floats("timestep"), told(tokens, scale));
    }

    float[] timesteps() {
        return inputs.floats("timestep");
    }

    void assertClose(Expected expected, String name, NDArray found) {
        expected.assertClose(name, found, tolerance(json.getAsJsonObject("tolerances"), name));
        checked.add(name);
    }

    void assertClose(Expected expected, String swap, String name, NDArray found) {
        JsonObject tolerances =
                json.getAsJsonObject("swap").getAsJsonObject("tolerances").getAsJsonObject(swap);
        expected.assertClose(name, found, tolerance(tolerances, name));
        checked.add(name);
    }

    /** The names of the tensors that were compared. */
    Set<String> checked() {
        return checked;
    }

    static double tolerance(JsonObject tolerances, String name) {
        return tolerances.getAsJsonObject(name).get("suggested_abs_tolerance").getAsDouble();
    }

    @Override
    public void close() {
        inputs.close();
        adapter.close();
        unet.close();
        scope.close();
    }
}

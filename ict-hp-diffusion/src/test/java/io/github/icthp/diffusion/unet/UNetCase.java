package io.github.icthp.diffusion.unet;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonObject;

import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.PictureSizes;
import io.github.icthp.diffusion.model.PreparedDenoiser;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A golden UNet, loaded in one type, with its inputs, within a scope of its own. */
public final class UNetCase implements AutoCloseable {

    private final TensorScope scope = TensorScope.open(Devices.tested());
    private final Path folder;
    private final DType type;
    private final JsonObject json;
    private final Expected io;
    private final UNet unet;

    UNetCase(Path folder, DType type) {
        this.folder = folder;
        this.type = type;
        this.json = Golden.json(folder.resolve("case.json"));
        this.io = Expected.open(folder.resolve("io.safetensors"));
        this.unet = load(folder.resolve("unet"), type);
    }

    public static UNet load(Path folder, DType type) {
        UNetConfig config = UNetConfig.read(folder.resolve("config.json"));
        try (Weights weights = Weights.openModel(folder)) {
            return UNet.load(config, weights, Devices.tested(), type, Memory.MAPPED);
        }
    }

    UNet unet() {
        return unet;
    }

    JsonObject json() {
        return json;
    }

    Expected open(String file) {
        return Expected.open(folder.resolve(file));
    }

    NDArray input(String name) {
        return Tensors.cast(io.get(name), type);
    }

    float[] timesteps(String prefix) {
        return io.floats(prefix + "timestep");
    }

    /** Returns the prompts of the first input, or of that with a prefix. */
    Conditioning conditioning(String prefix) {
        return conditioning(io, prefix, type);
    }

    public static Conditioning conditioning(Expected io, String prefix, DType type) {
        NDArray tokens = Tensors.cast(io.get(prefix + "encoder_hidden_states"), type);
        boolean added = io.names().contains(prefix + "text_embeds");
        NDArray pooled =
                added
                        ? Tensors.cast(io.get(prefix + "text_embeds"), type)
                        : Tensors.of(
                                new float[(int) tokens.getShape().get(0)],
                                tokens.getShape().get(0),
                                1);
        Conditioning plain = new Conditioning(tokens, pooled);
        return added ? plain.withSizes(sizes(io.get(prefix + "time_ids"))) : plain;
    }

    public static List<PictureSizes> sizes(NDArray ids) {
        float[] all = Tensors.toFloats(ids);
        List<PictureSizes> sizes = new ArrayList<>();
        for (int i = 0; i < all.length; i += 6) {
            sizes.add(
                    new PictureSizes(
                            (int) all[i],
                            (int) all[i + 1],
                            (int) all[i + 2],
                            (int) all[i + 3],
                            (int) all[i + 4],
                            (int) all[i + 5]));
        }
        return sizes;
    }

    PreparedDenoiser field() {
        return Autograd.in(
                Mode.NO_GRADIENT,
                () -> unet.prepare(conditioning(""), new float[][] {timesteps("")}));
    }

    List<String> results() {
        return json.getAsJsonObject("tolerances").keySet().stream().sorted().toList();
    }

    void assertClose(String name, NDArray actual) {
        io.assertClose(
                name,
                actual,
                json.getAsJsonObject("tolerances")
                        .getAsJsonObject(name)
                        .get("suggested_abs_tolerance")
                        .getAsDouble());
    }

    @Override
    public void close() {
        io.close();
        unet.close();
        scope.close();
    }
}

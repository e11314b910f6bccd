package io.github.icthp.diffusion.lora;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

import com.google.common.base.Preconditions;
import com.google.common.collect.Sets;
import com.google.gson.JsonObject;

import io.github.icthp.diffusion.model.LinearAdapter;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.diffusion.model.OriginalLayer;
import io.github.icthp.files.DurableFiles;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.SafetensorsWriter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes adapters in the namings that can be written. */
final class AdapterWriter {

    private static final Map<String, String> HEADER = Map.of("format", "pt");

    private final Map<String, LinearAdapter> adapters;
    private final Map<String, LinearShape> linears;

    AdapterWriter(Map<String, LinearAdapter> adapters, Map<String, LinearShape> linears) {
        this.adapters = adapters;
        this.linears = linears;
    }

    void write(Path path, LoraFormat format) {
        switch (format) {
            case DIFFUSERS -> diffusers(path);
            case PEFT -> peft(path);
            case KOHYA -> kohya(path);
            case NUMBERED, XLABS ->
                    throw new IllegalArgumentException(
                            "LoraAdapters.save: files of the format "
                                    + format
                                    + " are only read; choose DIFFUSERS, PEFT or KOHYA");
        }
    }

    private void diffusers(Path path) {
        Map<String, String> header = new LinkedHashMap<>(HEADER);
        JsonObject config = LoraMetadata.describe(adapters);
        String component = ModuleName.prefix(linears.keySet());
        header.put(LoraMetadata.HEADER, LoraMetadata.headerOf(component, config));
        write(file(path), component + ".", header);
    }

    private void peft(Path folder) {
        Preconditions.checkArgument(
                !isFile(folder),
                "LoraAdapters.save: PEFT's format is a folder of two files, got the file %s",
                folder);
        write(folder.resolve(LoraFile.PEFT_FILE), "base_model.model.", HEADER);
        try {
            DurableFiles.write(
                    folder.resolve(LoraFile.PEFT_CONFIG),
                    LoraMetadata.describe(adapters).toString());
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the adapter's configuration could not be written to " + folder, e);
        }
    }

    private void write(Path file, String prefix, Map<String, String> header) {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        TensorScope.run(
                device(),
                () -> {
                    adapters.forEach(
                            (path, adapter) -> {
                                int side = linears.get(path).kernel();
                                tensors.put(
                                        prefix + path + LinearAdapter.A_SUFFIX,
                                        down(adapter.a(), side));
                                tensors.put(
                                        prefix + path + LinearAdapter.B_SUFFIX,
                                        up(adapter.b(), side));
                                adapter.bias()
                                        .ifPresent(
                                                c ->
                                                        tensors.put(
                                                                prefix
                                                                        + path
                                                                        + LinearAdapter.BIAS_SUFFIX,
                                                                c));
                                adapter.magnitude()
                                        .ifPresent(
                                                m ->
                                                        tensors.put(
                                                                prefix
                                                                        + path
                                                                        + LinearAdapter
                                                                                .MAGNITUDE_SUFFIX,
                                                                m));
                            });
                    SafetensorsWriter.write(file, tensors, header);
                });
    }

    /** Gives lora_A the form that its layer's weight has: of a convolution (r, C, p, p). */
    private static NDArray down(NDArray a, int side) {
        return side == 0 ? a : call("patches", a, side);
    }

    /** Gives lora_B the form that it has beside a convolution: (out, r, 1, 1). */
    private static NDArray up(NDArray b, int side) {
        return side == 0 ? b : call("pointwise", b);
    }

    private void kohya(Path path) {
        OriginalLayers layout = new OriginalLayers(linears.keySet());
        Set<String> nameless = Sets.difference(adapters.keySet(), layout.paths());
        Preconditions.checkArgument(
                nameless.isEmpty(),
                "LoraAdapters.save: sd-scripts has no names for %s; choose another format",
                nameless);
        Preconditions.checkArgument(
                adapters.values().stream()
                        .allMatch(a -> a.bias().isEmpty() && a.magnitude().isEmpty()),
                "LoraAdapters.save: sd-scripts has no names for biases and magnitudes of adapters;"
                        + " choose another format");
        TensorScope.run(
                device(),
                () -> {
                    Map<String, NDArray> tensors = new LinkedHashMap<>();
                    Autograd.in(
                            Mode.NO_GRADIENT,
                            () -> {
                                layout.layers().forEach(layer -> kohya(layer, tensors));
                                return null;
                            });
                    SafetensorsWriter.write(file(path), tensors, HEADER);
                });
    }

    /** Adds an original layer, if any of its parts is adapted. */
    private void kohya(OriginalLayer layer, Map<String, NDArray> tensors) {
        List<String> parts = layer.parts();
        if (parts.stream().noneMatch(adapters::containsKey)) {
            return;
        }
        List<NDArray> downs = new ArrayList<>();
        List<NDArray> ups = new ArrayList<>();
        double scale = commonScale(parts);
        for (String path : parts) {
            LinearAdapter adapter = adapters.get(path);
            if (adapter == null) {
                LinearShape shape = linears.get(path);
                downs.add(Tensors.of(new float[0], 0, shape.in()));
                ups.add(Tensors.of(new float[0], shape.out(), 0));
            } else {
                downs.add(adapter.a());
                NDArray b = layer.swapped() ? call("swap_halves", adapter.b()) : adapter.b();
                ups.add(adapter.scale() == scale ? b : call("scaled", b, adapter.scale() / scale));
            }
        }
        long rank = downs.stream().mapToLong(a -> a.getShape().get(0)).max().orElseThrow();
        NDList joined = AdapterReader.PROGRAM.callList("join", downs, ups, rank);
        String flat = "lora_unet_" + layer.name().replace('.', '_');
        int side = linears.get(parts.get(0)).kernel();
        tensors.put(flat + ".lora_down.weight", down(joined.get(0), side));
        tensors.put(flat + ".lora_up.weight", up(joined.get(1), side));
        float alpha = (float) (scale * rank * parts.size());
        tensors.put(flat + ".alpha", TensorScope.current().manager().create(alpha));
    }

    private double commonScale(List<String> parts) {
        return parts.stream()
                .filter(adapters::containsKey)
                .mapToDouble(path -> adapters.get(path).scale())
                .filter(scale -> scale != 0)
                .findFirst()
                .orElse(1);
    }

    private static NDArray call(String method, Object... arguments) {
        return AdapterReader.PROGRAM.call(method, arguments);
    }

    private Device device() {
        return adapters.values().iterator().next().a().getDevice();
    }

    private static boolean isFile(Path path) {
        return path.toString().endsWith(".safetensors");
    }

    private static Path file(Path path) {
        return isFile(path) ? path : path.resolve(LoraFile.DIFFUSERS_FILE);
    }
}

package io.github.icthp.diffusion.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;

import io.github.icthp.diffusion.original.OriginalLayer;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.weights.TensorReader;
import io.github.icthp.weights.WeightsFormatException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads a file's adapters for a transformer's layers. */
final class AdapterReader {

    static final TorchProgram PROGRAM = TorchProgram.of(AdapterReader.class, "lora.torchscript");

    private final LoraFile file;
    private final Map<String, LinearShape> linears;
    private final NDManager owner;
    private final Map<String, LinearAdapter> adapters = new LinkedHashMap<>();
    private final List<String> unmatched = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    /**
     * Reads everything.
     *
     * @throws WeightsFormatException if nothing in the file belongs to the layers, or something
     *     does not fit the layer it belongs to
     */
    AdapterReader(LoraFile file, Map<String, LinearShape> linears, NDManager owner) {
        this.file = file;
        this.linears = linears;
        this.owner = owner;
        LayerNames names = new LayerNames(linears.keySet());
        for (LoraModule module : file.modules()) {
            Optional<OriginalLayer> layer = names.find(module.name());
            if (layer.isPresent()) {
                read(module, layer.get());
            } else {
                unmatched.add(module.name());
            }
        }
        unmatched.addAll(file.others());
        check();
    }

    Map<String, LinearAdapter> adapters() {
        return adapters;
    }

    /** Names in the file that belong to no layer. */
    List<String> unmatched() {
        return unmatched;
    }

    private void check() {
        if (!problems.isEmpty()) {
            throw new WeightsFormatException(
                    file.source()
                            + ": the adapter does not fit this transformer: "
                            + String.join("; ", problems));
        }
        if (adapters.isEmpty()) {
            throw new WeightsFormatException(
                    String.format(
                            Locale.ROOT,
                            "%s: none of its %d adapters belongs to a layer of this transformer, so it would change nothing; its first is on %s, the transformer's first layer is %s",
                            file.source(),
                            file.modules().size(),
                            file.modules().get(0).name(),
                            linears.keySet().iterator().next()));
        }
    }

    private void read(LoraModule module, OriginalLayer layer) {
        List<String> parts = layer.parts();
        long in = linears.get(parts.get(0)).in();
        long[] outs = parts.stream().mapToLong(path -> linears.get(path).out()).toArray();
        LinearShape expected = new LinearShape(in, Arrays.stream(outs).sum());
        if (!module.shape().fits(expected)) {
            problems.add(
                    module.name() + " is for " + module.shape() + ", the layer is " + expected);
            return;
        }
        Autograd.in(
                Mode.NO_GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open(owner.getDevice())) {
                        NDArray down = TensorReader.read(file.weights(), module.down());
                        NDArray up = TensorReader.read(file.weights(), module.up());
                        NDList split = PROGRAM.callList("split", down, up, outs);
                        for (int i = 0; i < parts.size(); i++) {
                            NDArray a = split.get(2 * i);
                            NDArray b = split.get(2 * i + 1);
                            NDArray rows = layer.swapped() ? PROGRAM.call("swap_halves", b) : b;
                            add(parts.get(i), scope, a, rows, module.scale());
                        }
                    }
                    return null;
                });
    }

    private void add(String path, TensorScope scope, NDArray a, NDArray b, double scale) {
        if (adapters.containsKey(path)) {
            problems.add(path + " is adapted twice");
        } else if (a.getShape().get(0) > 0) {
            adapters.put(
                    path, new LinearAdapter(scope.keep(a, owner), scope.keep(b, owner), scale));
        }
    }
}

package io.github.icthp.diffusion.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;

import io.github.icthp.diffusion.lora.AdapterPlan.Placement;
import io.github.icthp.diffusion.model.LinearAdapter;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.diffusion.model.OriginalLayer;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.weights.TensorReader;
import io.github.icthp.weights.WeightsFormatException;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Reads a file's adapters for the layers of one model. */
final class AdapterReader {

    static final TorchProgram PROGRAM = TorchProgram.of(AdapterReader.class, "lora.torchscript");

    private final LoraFile file;
    private final Map<String, LinearShape> linears;
    private final NDManager owner;
    private final Map<String, LinearAdapter> adapters = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();

    private AdapterReader(LoraFile file, Map<String, LinearShape> linears, NDManager owner) {
        this.file = file;
        this.linears = linears;
        this.owner = owner;
    }

    /**
     * Reads adapters.
     *
     * @param placements those of one model, that fit their layers
     * @param linears the model's layers
     * @return the adapters by the paths of their layers
     * @throws WeightsFormatException if a layer is adapted twice
     */
    static Map<String, LinearAdapter> read(
            LoraFile file,
            List<Placement> placements,
            Map<String, LinearShape> linears,
            NDManager owner) {
        AdapterReader reader = new AdapterReader(file, linears, owner);
        placements.forEach(placement -> reader.read(placement.module(), placement.layer()));
        if (!reader.problems.isEmpty()) {
            throw new WeightsFormatException(
                    file.source()
                            + ": the adapter does not fit this model: "
                            + String.join("; ", reader.problems));
        }
        return reader.adapters;
    }

    private void read(LoraModule module, OriginalLayer layer) {
        List<String> parts = layer.parts();
        long[] outs = parts.stream().mapToLong(path -> linears.get(path).out()).toArray();
        Autograd.in(
                Mode.NO_GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open(owner.getDevice())) {
                        NDArray down = tensor(module.down());
                        NDArray up = tensor(module.up());
                        NDList split = PROGRAM.callList("split", down, up, outs);
                        Optional<NDList> biases = columns(module.bias(), outs);
                        Optional<NDList> magnitudes = columns(module.magnitude(), outs);
                        Function<NDArray, NDArray> order =
                                rows -> layer.swapped() ? PROGRAM.call("swap_halves", rows) : rows;
                        for (int i = 0; i < parts.size(); i++) {
                            int part = i;
                            LinearAdapter adapter =
                                    new LinearAdapter(
                                            scope.keep(split.get(2 * i), owner),
                                            scope.keep(order.apply(split.get(2 * i + 1)), owner),
                                            module.scale(),
                                            Optional.empty(),
                                            biases.map(
                                                    b ->
                                                            scope.keep(
                                                                    order.apply(b.get(part)),
                                                                    owner)),
                                            magnitudes.map(
                                                    m ->
                                                            scope.keep(
                                                                    order.apply(m.get(part)),
                                                                    owner)));
                            add(parts.get(i), adapter);
                        }
                    }
                    return null;
                });
    }

    private NDArray tensor(String name) {
        return TensorReader.read(file.weights(), name);
    }

    private Optional<NDList> columns(Optional<String> name, long[] outs) {
        return name.map(n -> PROGRAM.callList("split_column", tensor(n), outs));
    }

    /** A joined layer's part that its adapter leaves alone has rank 0, and gets none. */
    private void add(String path, LinearAdapter adapter) {
        if (adapters.containsKey(path)) {
            problems.add(path + " is adapted twice");
        } else if (adapter.rank() > 0
                || adapter.bias().isPresent()
                || adapter.magnitude().isPresent()) {
            adapters.put(path, adapter);
        }
    }
}

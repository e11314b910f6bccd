package io.github.icthp.diffusion.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Parameters;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The dictionaries that a part's programs are given: with and without adapters, for inference and
 * for gradients.
 *
 * <p>A program finds an adapter beside the layer it belongs to: {@code NAME.lora_A.weight}, {@code
 * NAME.lora_B.weight} and {@code NAME.lora_scale}; with dropout also {@code NAME.lora_seed} and
 * {@code NAME.lora_keep}. An adapter's own bias is in the layer's. Of a gated layer that is packed
 * it also finds the halves, {@code NAME.value.weight} and {@code NAME.gate.weight}, unless the
 * layer computes with another matrix.
 */
final class WeightDictionaries {

    static final String BIAS_SUFFIX = ".bias";

    private static final String WEIGHT_SUFFIX = ".weight";
    private static final String VALUE_SUFFIX = ".value.weight";
    private static final String GATE_SUFFIX = ".gate.weight";
    private static final String SCALE_SUFFIX = ".lora_scale";
    private static final String SEED_SUFFIX = ".lora_seed";
    private static final String KEEP_SUFFIX = ".lora_keep";

    /** Which dictionary: without adapters, with packed matrices. */
    private record Kind(boolean bare, boolean packed) {}

    private final Parameters parameters;
    private final Map<Kind, TensorDict> built = new ConcurrentHashMap<>();
    private Map<String, LinearAdapter> adapters = Map.of();
    private Map<String, NDArray> replaced = Map.of();
    private Map<String, NDArray> packed = Map.of();

    WeightDictionaries(Parameters parameters) {
        this.parameters = parameters;
    }

    /** Returns the dictionary for what the thread is doing. */
    TensorDict get() {
        boolean bare = Adapters.disabled() || (adapters.isEmpty() && replaced.isEmpty());
        boolean inference = Autograd.mode() != Mode.GRADIENT && !packed.isEmpty();
        return built.computeIfAbsent(new Kind(bare, inference), this::build);
    }

    /** Adapters by layer. */
    void adapt(Map<String, LinearAdapter> byLayer) {
        adapters = byLayer;
        forget();
    }

    /** Tensors in place of loaded ones, by name. */
    void replace(Map<String, NDArray> tensors) {
        replaced = Map.copyOf(tensors);
        forget();
    }

    /**
     * Lays out matrices, by name, in the way the processor likes best, for inference; those of
     * gated layers by halves. On a GPU nothing is laid out, and one product of both halves stays
     * one.
     */
    void pack(Map<String, NDArray> matrices, Set<String> gated) {
        Map<String, NDArray> result = new LinkedHashMap<>();
        matrices.forEach(
                (name, matrix) -> {
                    String layer = name.substring(0, name.length() - WEIGHT_SUFFIX.length());
                    if (gated.contains(layer) && !matrix.getDevice().isGpu()) {
                        long half = matrix.getShape().get(0) / 2;
                        result.put(layer + VALUE_SUFFIX, packed(matrix, 0, half));
                        result.put(layer + GATE_SUFFIX, packed(matrix, half, 2 * half));
                    } else {
                        result.put(name, LayerPrograms.packed(matrix));
                    }
                });
        packed = result;
        forget();
    }

    private static NDArray packed(NDArray matrix, long begin, long end) {
        try (NDArray rows = matrix.get(new NDIndex().addSliceDim(begin, end))) {
            return LayerPrograms.packed(rows);
        }
    }

    private void forget() {
        built.values().forEach(TensorDict::close);
        built.clear();
    }

    private TensorDict build(Kind kind) {
        TensorDict frozen = parameters.dict();
        if (kind.bare() && !kind.packed()) {
            return frozen;
        }
        try (frozen) {
            Map<String, NDArray> tensors = new LinkedHashMap<>(frozen.tensors());
            if (kind.packed()) {
                tensors.putAll(packed);
            }
            NDManager owner = frozen.owner();
            return TensorScope.call(
                    owner.getDevice(),
                    () -> {
                        if (!kind.bare()) {
                            replaced.forEach((name, tensor) -> replace(tensors, name, tensor));
                            adapters.forEach((name, adapter) -> put(tensors, name, adapter));
                        }
                        // The dictionary keeps the tensors' memory, so the handles may close with
                        // the scope.
                        return new TensorDict(tensors, owner);
                    });
        }
    }

    private static void replace(Map<String, NDArray> tensors, String name, NDArray tensor) {
        tensors.put(name, tensor);
        if (name.endsWith(WEIGHT_SUFFIX)) {
            String layer = name.substring(0, name.length() - WEIGHT_SUFFIX.length());
            tensors.remove(layer + VALUE_SUFFIX);
            tensors.remove(layer + GATE_SUFFIX);
        }
    }

    private static void put(Map<String, NDArray> tensors, String name, LinearAdapter adapter) {
        tensors.put(name + LinearAdapter.A_SUFFIX, adapter.a());
        tensors.put(name + LinearAdapter.B_SUFFIX, adapter.b());
        tensors.put(name + SCALE_SUFFIX, Tensors.of(new float[] {(float) adapter.scale()}));
        tensors.computeIfPresent(name + BIAS_SUFFIX, (key, bias) -> adapter.shifted(bias));
        adapter.dropout()
                .ifPresent(
                        dropout -> {
                            tensors.put(name + SEED_SUFFIX, dropout.seed());
                            tensors.put(name + KEEP_SUFFIX, dropout.keep());
                        });
    }
}

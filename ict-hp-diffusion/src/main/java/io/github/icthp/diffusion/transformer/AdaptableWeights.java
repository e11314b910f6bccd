package io.github.icthp.diffusion.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import com.google.common.base.Preconditions;

import io.github.icthp.diffusion.lora.LinearAdapter;
import io.github.icthp.diffusion.lora.LinearShape;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Parameters;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The frozen weights of one part of a transformer and the adapters on its linear layers.
 *
 * <p>A program finds an adapter beside the layer it belongs to: {@code NAME.lora_A.weight}, {@code
 * NAME.lora_B.weight} and {@code NAME.lora_scale}; with dropout also {@code NAME.lora_seed} and
 * {@code NAME.lora_keep}.
 */
public final class AdaptableWeights {

    private static final String WEIGHT_SUFFIX = ".weight";
    private static final String SCALE_SUFFIX = ".lora_scale";
    private static final String SEED_SUFFIX = ".lora_seed";
    private static final String KEEP_SUFFIX = ".lora_keep";

    private final String path;
    private final Parameters parameters;
    private final Map<String, LinearShape> linears = new LinkedHashMap<>();
    private final Map<String, LinearAdapter> adapters = new LinkedHashMap<>();
    private final Map<String, NDArray> trainable = new LinkedHashMap<>();
    private final Map<String, NDArray> replaced = new LinkedHashMap<>();
    private @Nullable TensorDict frozen;
    private @Nullable TensorDict adapted;

    /**
     * Begins a part.
     *
     * @param all the whole model's parameters
     * @param path the part's path in the model, empty for the model itself
     */
    public AdaptableWeights(Parameters all, String path) {
        this.path = path.isEmpty() ? "" : path + ".";
        this.parameters = all.in(path);
    }

    /**
     * Names a linear layer that may be adapted.
     *
     * @param name its name below the path
     * @param out its outputs
     * @param in its inputs
     * @return this
     */
    public AdaptableWeights linear(String name, long out, long in) {
        parameters.linear(name, out, in);
        linears.put(name, new LinearShape(in, out));
        return this;
    }

    /**
     * Names a parameter that no adapter touches.
     *
     * @param name its name below the path
     * @param shape its dimensions
     * @return this
     */
    public AdaptableWeights tensor(String name, long... shape) {
        parameters.tensor(name, shape);
        return this;
    }

    /**
     * Names a linear layer that no adapter touches.
     *
     * @param name its name below the path
     * @param out its outputs
     * @param in its inputs
     * @return this
     */
    public AdaptableWeights frozenLinear(String name, long out, long in) {
        parameters.linear(name, out, in);
        return this;
    }

    /**
     * Returns the layers that may be adapted.
     *
     * @return their shapes by path in the model
     */
    public Map<String, LinearShape> linears() {
        Map<String, LinearShape> byPath = new LinkedHashMap<>();
        linears.forEach((name, shape) -> byPath.put(path + name, shape));
        return byPath;
    }

    /**
     * Returns the adapters in use.
     *
     * @return the adapters by path in the model
     */
    public Map<String, LinearAdapter> adapters() {
        return Collections.unmodifiableMap(adapters);
    }

    /**
     * Says whether a layer is adapted.
     *
     * @param name its name below the path
     * @return true if it has an adapter
     */
    public boolean isAdapted(String name) {
        return adapters.containsKey(path + name);
    }

    /**
     * Returns the adapter matrices that are trained: those that require gradients, unless the
     * thread disabled adapters.
     *
     * @return the matrices by their names in an adapter file
     */
    Map<String, NDArray> trainable() {
        return Adapters.disabled() ? Map.of() : trainable;
    }

    /**
     * Puts adapters on this part's layers in place of those it has.
     *
     * @param all adapters of the whole model by path; those of other parts are left out
     * @throws IllegalArgumentException if an adapter does not fit its layer
     */
    public void adapt(Map<String, LinearAdapter> all) {
        adapters.clear();
        trainable.clear();
        linears.forEach((name, shape) -> add(path + name, shape, all.get(path + name)));
        rebuild();
    }

    /** Computes with other matrices, of the whole model by path, in place of loaded ones. */
    void replace(Map<String, NDArray> all) {
        replaced.clear();
        linears.forEach(
                (name, shape) -> {
                    NDArray weight = all.get(path + name);
                    if (weight != null) {
                        Preconditions.checkArgument(
                                weight.getShape().equals(weight(name).getShape()),
                                "replaceWeights: %s%s is %s, got %s",
                                path,
                                name,
                                weight(name).getShape(),
                                weight.getShape());
                        replaced.put(name + WEIGHT_SUFFIX, weight);
                    }
                });
        rebuild();
    }

    /** Returns those of the wanted layers' matrices that are here, as they were loaded. */
    Map<String, NDArray> matrices(Set<String> paths) {
        Map<String, NDArray> found = new LinkedHashMap<>();
        for (String name : linears.keySet()) {
            if (paths.contains(path + name)) {
                found.put(path + name, weight(name));
            }
        }
        return found;
    }

    private NDArray weight(String name) {
        return parameters.get(name + WEIGHT_SUFFIX);
    }

    private void rebuild() {
        if (adapted != null) {
            adapted.close();
            adapted = null;
        }
        if (!adapters.isEmpty() || !replaced.isEmpty()) {
            adapted = merge();
        }
    }

    private void add(String key, LinearShape expected, @Nullable LinearAdapter adapter) {
        if (adapter != null) {
            Preconditions.checkArgument(
                    adapter.shape().equals(expected),
                    "adapt: %s expects %s, got an adapter for %s",
                    key,
                    expected,
                    adapter.shape());
            adapters.put(key, adapter);
            if (Autograd.requiresGradient(adapter.a())) {
                trainable.put(key + LinearAdapter.A_SUFFIX, adapter.a());
            }
            if (Autograd.requiresGradient(adapter.b())) {
                trainable.put(key + LinearAdapter.B_SUFFIX, adapter.b());
            }
        }
    }

    private TensorDict merge() {
        Map<String, NDArray> tensors = new LinkedHashMap<>(frozen().tensors());
        tensors.putAll(replaced);
        NDManager owner = frozen().owner();
        try (TensorScope scope = TensorScope.open(owner.getDevice())) {
            adapters.forEach(
                    (key, adapter) -> {
                        String name = key.substring(path.length());
                        tensors.put(name + LinearAdapter.A_SUFFIX, adapter.a());
                        tensors.put(name + LinearAdapter.B_SUFFIX, adapter.b());
                        tensors.put(
                                name + SCALE_SUFFIX,
                                Tensors.of(new float[] {(float) adapter.scale()}));
                        adapter.dropout()
                                .ifPresent(
                                        dropout -> {
                                            tensors.put(name + SEED_SUFFIX, dropout.seed());
                                            tensors.put(name + KEEP_SUFFIX, dropout.keep());
                                        });
                    });
            // The dictionary keeps the tensors' memory, so the handles may close with the scope.
            assert scope == TensorScope.current();
            return new TensorDict(tensors, owner);
        }
    }

    private TensorDict frozen() {
        if (frozen == null) {
            frozen = parameters.dict();
        }
        return frozen;
    }

    /**
     * Returns what a program takes: the weights, with the adapters unless the thread disabled them.
     *
     * @return the dictionary by names below the path
     */
    public TensorDict dict() {
        return adapted == null || Adapters.disabled() ? frozen() : adapted;
    }
}

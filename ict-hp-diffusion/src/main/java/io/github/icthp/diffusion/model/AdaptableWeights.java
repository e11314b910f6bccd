package io.github.icthp.diffusion.model;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.weights.Parameters;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The frozen weights of one part of a transformer and the adapters on its linear layers. */
public final class AdaptableWeights {

    /** The fewest channels for which a convolution's layout matters. */
    private static final int PACKED_CHANNELS = 64;

    private static final String WEIGHT_SUFFIX = ".weight";
    private static final String BIAS_SUFFIX = WeightDictionaries.BIAS_SUFFIX;

    private final String path;
    private final Parameters parameters;
    private final WeightDictionaries dictionaries;
    private final Map<String, LinearShape> linears = new LinkedHashMap<>();
    private final Map<String, Integer> modulations = new LinkedHashMap<>();
    private final Set<String> embeddings = new HashSet<>();
    private final Set<String> unbiased = new HashSet<>();
    private final Set<String> gated = new HashSet<>();
    private boolean named;
    private final Map<String, LinearAdapter> adapters = new LinkedHashMap<>();
    private final Map<String, NDArray> trainable = new LinkedHashMap<>();
    private final Map<String, NDArray> replaced = new LinkedHashMap<>();

    /**
     * Begins a part.
     *
     * @param all the whole model's parameters
     * @param path the part's path in the model, empty for the model itself
     */
    public AdaptableWeights(Parameters all, String path) {
        this.path = path.isEmpty() ? "" : path + ".";
        this.parameters = all.in(path);
        this.dictionaries = new WeightDictionaries(parameters);
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
        named = true;
        parameters.linear(name, out, in);
        linears.put(name, new LinearShape(in, out));
        return this;
    }

    /**
     * Names a linear layer whose outputs are values and then as many gates; it may be adapted.
     *
     * @param name its name below the path
     * @param out its outputs, both kinds together
     * @param in its inputs
     * @return this
     */
    public AdaptableWeights gatedLinear(String name, long out, long in) {
        gated.add(name);
        return linear(name, out, in);
    }

    /**
     * Names the layer that makes a stream's shifts, scales and gates from the conditioning; it may
     * be adapted.
     *
     * @param name its name below the path, without the {@code .linear} that ends it
     * @param parts how many shifts, scales and gates it makes
     * @param width the transformer's width
     * @return this
     */
    public AdaptableWeights modulation(String name, int parts, long width) {
        modulations.put(name + ".linear", parts);
        return linear(name + ".linear", parts * width, width);
    }

    /**
     * Names the layer that projects the embedded time to what a UNet's block adds; it may be
     * adapted.
     *
     * @param name its name below the path
     * @param out the block's channels
     * @param width the embedded time's width
     * @return this
     */
    public AdaptableWeights timeProjection(String name, long out, long width) {
        modulations.put(name, 1);
        return linear(name, out, width);
    }

    /**
     * Names a linear layer without a bias; it may be adapted.
     *
     * @param name its name below the path
     * @param out its outputs
     * @param in its inputs
     * @return this
     */
    public AdaptableWeights unbiased(String name, long out, long in) {
        unbiased.add(name);
        tensor(name + WEIGHT_SUFFIX, out, in);
        linears.put(name, new LinearShape(in, out));
        return this;
    }

    /**
     * Names a norm's weight and bias.
     *
     * @param name its name below the path
     * @param width its width
     * @return this
     */
    public AdaptableWeights norm(String name, long width) {
        return tensor(name + WEIGHT_SUFFIX, width).tensor(name + BIAS_SUFFIX, width);
    }

    /**
     * Names a parameter that no adapter touches.
     *
     * @param name its name below the path
     * @param shape its dimensions
     * @return this
     */
    public AdaptableWeights tensor(String name, long... shape) {
        named = true;
        parameters.tensor(name, shape);
        return this;
    }

    /**
     * Names a linear layer outside the blocks, which is never laid out anew by {@link #pack}; it
     * may be adapted.
     *
     * @param name its name below the path
     * @param out its outputs
     * @param in its inputs
     * @return this
     */
    public AdaptableWeights embedding(String name, long out, long in) {
        embeddings.add(name);
        return linear(name, out, in);
    }

    /**
     * Names a convolution; it may be adapted.
     *
     * @param name its name below the path
     * @param out its outputs
     * @param channels its input's channels
     * @param side side of its kernel
     * @return this
     */
    public AdaptableWeights convolution(String name, long out, long channels, int side) {
        if (Math.min(out, channels) < PACKED_CHANNELS) {
            embeddings.add(name);
        }
        tensor(name + WEIGHT_SUFFIX, out, channels, side, side).tensor(name + BIAS_SUFFIX, out);
        linears.put(name, new LinearShape(channels * side * side, out, side));
        return this;
    }

    /**
     * Returns what a program takes: the weights, with the adapters unless the thread disabled them.
     * A program finds an adapter beside the layer it belongs to.
     *
     * @return the dictionary by names below the path
     */
    public TensorDict dict() {
        return dictionaries.get();
    }

    /** Returns how many parts each modulation layer makes, by its name in the order of streams. */
    Map<String, Integer> modulations() {
        return modulations;
    }

    /** Says whether what a modulation layer computes depends on adapters. */
    boolean adaptsModulation() {
        return modulations.keySet().stream().anyMatch(this::adapts);
    }

    /** Says whether what a layer computes depends on adapters, fused ones among them. */
    boolean adapts(String name) {
        return adapters.containsKey(path + name) || replaced.containsKey(name + WEIGHT_SUFFIX);
    }

    /** Says whether what any layer computes depends on adapters. */
    boolean adaptsAny() {
        return !adapters.isEmpty() || !replaced.isEmpty();
    }

    /**
     * Says whether a layer's adapter is trained.
     *
     * @param name the layer's name below the path
     * @return true if its matrices require gradients, unless the thread disabled adapters
     */
    public boolean trains(String name) {
        return trainable().containsKey(path + name + LinearAdapter.A_SUFFIX)
                || trainable().containsKey(path + name + LinearAdapter.B_SUFFIX);
    }

    /**
     * Says whether any layer's adapter is trained.
     *
     * @return true if a matrix of one requires gradients, unless the thread disabled adapters
     */
    public boolean trains() {
        return !trainable().isEmpty();
    }

    /** Returns the layers that may be adapted: their shapes by path in the model. */
    Map<String, LinearShape> linears() {
        Map<String, LinearShape> byPath = new LinkedHashMap<>();
        linears.forEach((name, shape) -> byPath.put(path + name, shape));
        return byPath;
    }

    /** Returns all tensors, live, by name in the model. */
    Map<String, NDArray> tensors() {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        if (!named) {
            return tensors;
        }
        try (TensorDict dict = parameters.dict()) {
            dict.tensors().forEach((name, tensor) -> tensors.put(path + name, tensor));
        }
        replaced.forEach((name, tensor) -> tensors.put(path + name, tensor));
        return tensors;
    }

    /** Returns the adapters in use by path in the model. */
    Map<String, LinearAdapter> adapters() {
        return Collections.unmodifiableMap(adapters);
    }

    /**
     * Returns the adapter matrices that are trained, by their names in an adapter file: those that
     * require gradients, unless the thread disabled adapters.
     */
    Map<String, NDArray> trainable() {
        return Adapters.disabled() ? Map.of() : trainable;
    }

    /**
     * Puts adapters on this part's layers in place of those it has. {@code all} are those of the
     * whole model by path.
     */
    void adapt(Map<String, LinearAdapter> all) {
        adapters.clear();
        trainable.clear();
        Map<String, LinearAdapter> byName = new LinkedHashMap<>();
        linears.forEach(
                (name, shape) -> {
                    LinearAdapter adapter = all.get(path + name);
                    if (adapter != null) {
                        add(path + name, shape, adapter);
                        byName.put(name, adapter);
                    }
                });
        dictionaries.adapt(byName);
    }

    private void add(String key, LinearShape expected, LinearAdapter adapter) {
        Preconditions.checkArgument(
                adapter.shape().fits(expected),
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

    /** Computes with other matrices and biases, of the whole model by path, than loaded ones. */
    void replace(Map<String, NDArray> matrices, Map<String, NDArray> biases) {
        replaced.clear();
        for (String name : linears.keySet()) {
            replace(name + WEIGHT_SUFFIX, matrices.get(path + name));
            replace(name + BIAS_SUFFIX, biases.get(path + name));
        }
        dictionaries.replace(replaced);
    }

    private void replace(String name, @Nullable NDArray tensor) {
        if (tensor != null) {
            NDArray loaded = parameters.get(name);
            Preconditions.checkArgument(
                    tensor.getShape().equals(loaded.getShape()),
                    "replaceWeights: %s%s is %s, got %s",
                    path,
                    name,
                    loaded.getShape(),
                    tensor.getShape());
            replaced.put(name, tensor);
        }
    }

    /** Returns those of the wanted layers' matrices that are here, as they were loaded. */
    Map<String, NDArray> matrices(Set<String> paths) {
        return loaded(paths, WEIGHT_SUFFIX);
    }

    /** Returns the biases of those of the wanted layers that are here and have one, as loaded. */
    Map<String, NDArray> biases(Set<String> paths) {
        Set<String> biased = new HashSet<>(paths);
        unbiased.forEach(name -> biased.remove(path + name));
        return loaded(biased, BIAS_SUFFIX);
    }

    private Map<String, NDArray> loaded(Set<String> paths, String suffix) {
        Map<String, NDArray> found = new LinkedHashMap<>();
        for (String name : linears.keySet()) {
            if (paths.contains(path + name)) {
                found.put(path + name, parameters.get(name + suffix));
            }
        }
        return found;
    }

    private NDArray matrix(String name) {
        return parameters.get(name + WEIGHT_SUFFIX);
    }

    /**
     * Lays out what blocks multiply with for the processor. Modulation layers see too few rows for
     * it, and convolutions from or to latents have too few channels.
     */
    void pack() {
        Map<String, NDArray> matrices = new LinkedHashMap<>();
        linears.forEach(
                (name, shape) -> {
                    if (!modulations.containsKey(name) && !embeddings.contains(name)) {
                        matrices.put(name + WEIGHT_SUFFIX, matrix(name));
                    }
                });
        dictionaries.pack(matrices, gated);
        parameters.releasePages();
    }
}

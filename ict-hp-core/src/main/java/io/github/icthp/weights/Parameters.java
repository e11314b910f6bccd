package io.github.icthp.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import com.google.common.base.Preconditions;
import com.google.common.collect.Maps;

import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorDict;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Strict loading: a model part names each of its parameters with the shape it must have.
 *
 * <pre>{@code
 * Parameters all = Parameters.load(weights, manager, DType.BFLOAT16, Memory.MAPPED);
 * Parameters layer = all.in("encoder.layers.0").norm("layer_norm1", d).linear("mlp.fc1", 4 * d, d);
 * TensorDict dict = layer.dict();
 * all.finish();   // one exception for everything missing, unexpected or misshapen
 * }</pre>
 *
 * <p>While a key is missing or misshapen, a placeholder without memory stands in for it, so that
 * {@link #finish} can report all of them.
 */
public final class Parameters {

    /** Where the values of loaded parameters live. */
    public enum Memory {
        /**
         * In the file's memory map where no conversion is needed. Such tensors must never change.
         */
        MAPPED,
        /** In memory of their own, which may be trained in place. */
        OWNED
    }

    private final ParameterSource source;
    private final String prefix;
    private final Map<String, NDArray> tensors = new LinkedHashMap<>();

    private Parameters(ParameterSource source, String prefix) {
        this.source = source;
        this.prefix = prefix;
    }

    /**
     * Loads from weights.
     *
     * @param weights open weights; they may be closed after {@link #finish}
     * @param owner the manager, on the target device, that will own the tensors
     * @param type what floating-point parameters are converted to; others keep their type
     * @param memory where values live
     * @return the parameters at the root of the names
     */
    public static Parameters load(Weights weights, NDManager owner, DType type, Memory memory) {
        return load(weights, owner, name -> type, memory);
    }

    /**
     * Loads from weights, some parameters in another type than others.
     *
     * @param weights open weights; they may be closed after {@link #finish}
     * @param owner the manager, on the target device, that will own the tensors
     * @param types what a floating-point parameter is converted to, by its whole name
     * @param memory where values live
     * @return the parameters at the root of the names
     */
    public static Parameters load(
            Weights weights, NDManager owner, Function<String, DType> types, Memory memory) {
        return load(weights, owner, types, name -> memory);
    }

    /**
     * Loads from weights, some parameters in another type or in other memory than others.
     *
     * @param weights open weights; they may be closed after {@link #finish}
     * @param owner the manager, on the target device, that will own the tensors
     * @param types what a floating-point parameter is converted to, by its whole name
     * @param memory where values live, by their whole name
     * @return the parameters at the root of the names
     */
    public static Parameters load(
            Weights weights,
            NDManager owner,
            Function<String, DType> types,
            Function<String, Memory> memory) {
        return new Parameters(new ParameterSource.Stored(weights, owner, types, memory), "");
    }

    /**
     * Checks names and shapes without any values, for models too large to load.
     *
     * @param shapes the shapes by name
     * @param description what messages call them
     * @param owner the manager that will own the placeholders
     * @return the parameters at the root of the names
     */
    public static Parameters check(Map<String, Shape> shapes, String description, NDManager owner) {
        return new Parameters(new ParameterSource.Declared(shapes, description, owner), "");
    }

    /**
     * Checks names and shapes of weights without reading any values.
     *
     * @param weights open weights
     * @param owner the manager that will own the placeholders
     * @return the parameters at the root of the names
     * @throws WeightsFormatException if they are quantized
     */
    public static Parameters check(Weights weights, NDManager owner) {
        Quantization.refuse(weights);
        return check(
                Maps.toMap(weights.names(), name -> weights.info(name).shape()),
                weights.source(),
                owner);
    }

    /**
     * Returns the parameters under a prefix, with nothing named yet.
     *
     * @param name the prefix, without the dot that follows it; empty for this prefix itself
     * @return parameters whose names follow the prefix
     */
    public Parameters in(String name) {
        return new Parameters(source, name.isEmpty() ? prefix : prefix + name + ".");
    }

    /**
     * Names a parameter.
     *
     * @param name its name below the prefix
     * @param shape its dimensions
     * @return this
     */
    public Parameters tensor(String name, long... shape) {
        Preconditions.checkArgument(
                tensors.put(name, source.fetch(prefix + name, new Shape(shape))) == null,
                "Parameters: '%s%s' is named twice",
                prefix,
                name);
        return this;
    }

    /**
     * Names a linear layer: {@code name.weight} (out, in) and {@code name.bias} (out).
     *
     * @param name its name below the prefix
     * @param out its outputs
     * @param in its inputs
     * @return this
     */
    public Parameters linear(String name, long out, long in) {
        return tensor(name + ".weight", out, in).tensor(name + ".bias", out);
    }

    /**
     * Names a normalization layer: {@code name.weight} and {@code name.bias} (width).
     *
     * @param name its name below the prefix
     * @param width its width
     * @return this
     */
    public Parameters norm(String name, long width) {
        return tensor(name + ".weight", width).tensor(name + ".bias", width);
    }

    /**
     * Says whether the weights have a parameter, for parts that a model may lack.
     *
     * @param name its name below the prefix
     * @return true if it is there
     */
    public boolean has(String name) {
        return source.has(prefix + name);
    }

    /**
     * Says whether a parameter's values lie in the file's map, or will once it is named. They do
     * not where they are converted or copied to a device, nor while names are only checked.
     *
     * @param name its name below the prefix
     * @return true if it is there and needs no memory of its own
     */
    public boolean isMapped(String name) {
        return has(name) && source.isMapped(prefix + name);
    }

    /**
     * Lets go of the resident memory of those parameters named here that lie in the file's map.
     * They stay valid; when they are used again, the system reads what it has not kept.
     */
    public void releasePages() {
        source.releasePages(tensors.keySet().stream().map(prefix::concat).toList());
    }

    /**
     * Leaves keys out of the check for unexpected ones.
     *
     * @param keyPrefix the beginning of such keys, below this prefix; empty for all below it
     * @return this
     */
    public Parameters ignore(String keyPrefix) {
        source.ignore(prefix + keyPrefix);
        return this;
    }

    /**
     * Returns one of the parameters named here.
     *
     * @param name its name below the prefix
     * @return its tensor, owned by the model's manager
     */
    public NDArray get(String name) {
        return Preconditions.checkNotNull(
                tensors.get(name), "Parameters: '%s%s' was not named", prefix, name);
    }

    /**
     * Returns the parameters named here, for a program.
     *
     * @return a dictionary by names below the prefix, which closes with the model's manager
     */
    public TensorDict dict() {
        return new TensorDict(tensors, source.owner());
    }

    /**
     * Ends the loading of the whole model.
     *
     * @return every tensor by its whole name, in the order named
     * @throws WeightsMismatchException if any key was missing, unexpected or misshapen
     */
    public Map<String, NDArray> finish() {
        return source.finish();
    }
}

package io.github.icthp.diffusion.lora;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;

import com.google.common.base.Preconditions;

import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.torch.Torch;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How an adapter file sits on a transformer.
 *
 * @param layers the adapters by the paths of their layers
 * @param unapplied what in the file belongs to no layer
 */
public record LoraFit(Map<String, Layer> layers, UnappliedTensors unapplied) {

    /**
     * The adapter of one layer.
     *
     * @param rank r
     * @param alpha its scale times r
     * @param magnitudes whether it has DoRA's magnitudes
     */
    public record Layer(long rank, double alpha, boolean magnitudes) {}

    /**
     * Copies the map.
     *
     * @param layers the adapters by the paths of their layers
     * @param unapplied what in the file belongs to no layer
     */
    public LoraFit {
        layers = Collections.unmodifiableMap(new LinkedHashMap<>(layers));
    }

    /**
     * Looks at an adapter file, with no model at hand.
     *
     * @param adapter the file, or a folder that holds one
     * @param linears the transformer's layers by path
     * @return how it sits on them
     * @throws io.github.icthp.weights.WeightsFormatException if it is no adapter file, none of its
     *     adapters belongs to a layer, or one does not fit its layer
     * @throws java.io.UncheckedIOException if it is missing or cannot be read
     */
    public static LoraFit of(Path adapter, Map<String, LinearShape> linears) {
        try (NDManager owner = Torch.manager(Device.cpu());
                LoraFile file = LoraFile.open(adapter)) {
            AdapterPlan plan = new AdapterPlan(file, AdaptableLayers.of(linears)).check();
            Map<String, Layer> layers = new LinkedHashMap<>();
            AdapterReader.read(file, plan.of(ModuleName.TRANSFORMER), linears, owner)
                    .forEach(
                            (path, a) ->
                                    layers.put(
                                            path,
                                            new Layer(
                                                    a.rank(),
                                                    a.scale() * a.rank(),
                                                    a.magnitude().isPresent())));
            return new LoraFit(layers, plan.unapplied());
        }
    }

    /**
     * Checks that the adapters can be trained further.
     *
     * @return this
     * @throws IllegalArgumentException if some have DoRA's magnitudes
     */
    public LoraFit requireTrainable() {
        long fixed = layers.values().stream().filter(Layer::magnitudes).count();
        Preconditions.checkArgument(
                fixed == 0,
                "%s: %s of its %s adapters have DoRA's magnitudes, which can be applied and not"
                        + " trained; begin with a plain LoRA, or afresh",
                unapplied.source(),
                fixed,
                layers.size());
        return this;
    }

    /**
     * Returns the adapters' ranks.
     *
     * @return each once
     */
    public Set<Long> ranks() {
        return layers.values().stream().map(Layer::rank).collect(Collectors.toSet());
    }

    /**
     * Returns the adapters' alphas.
     *
     * @return each once
     */
    public Set<Double> alphas() {
        return layers.values().stream().map(Layer::alpha).collect(Collectors.toSet());
    }

    /**
     * Describes the adapters as settings do: the greatest rank and alpha, and the layers by their
     * paths.
     *
     * @param dropout the share of inputs that they do not see in training
     * @return the configuration
     */
    public LoraConfig config(double dropout) {
        return LoraConfig.rank(Math.toIntExact(Collections.max(ranks())))
                .withAlpha(Collections.max(alphas()))
                .withTargets(LoraTargets.of(layers.keySet()))
                .withDropout(dropout);
    }
}

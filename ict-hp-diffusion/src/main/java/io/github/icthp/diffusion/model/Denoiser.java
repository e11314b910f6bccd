package io.github.icthp.diffusion.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import com.google.common.base.Preconditions;
import com.google.common.collect.Maps;
import com.google.common.collect.Sets;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.Torch;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * A network that predicts, from noisy latents and encoded prompts, what its schedule asks for: a
 * flow-matching velocity (SD3, FLUX), or the noise or v of a diffusion process (UNets).
 *
 * <p>It is frozen but for adapters on its linear layers. Shared by threads it may predict; adapters
 * are changed by one thread while no other uses it.
 */
public abstract class Denoiser implements AutoCloseable {

    /** The layer that embeds text. */
    public static final String TEXT_LAYER = "context_embedder";

    private final NDManager owner;
    private boolean packed;

    /**
     * Creates a denoiser.
     *
     * @param owner the manager, on the denoiser's device, that owns its weights and closes with it
     */
    protected Denoiser(NDManager owner) {
        this.owner = owner;
    }

    /**
     * Loads weights into a denoiser.
     *
     * @param <T> the denoiser
     * @param weights weights under diffusers' names; they may be closed afterwards
     * @param device where to compute
     * @param type what floating-point weights are converted to
     * @param memory where the weights live
     * @param make names the parameters; the manager owns them
     * @return the denoiser, to be closed
     * @throws io.github.icthp.weights.WeightsMismatchException if names or shapes do not fit
     */
    protected static <T extends Denoiser> T loaded(
            Weights weights,
            Device device,
            DType type,
            Memory memory,
            BiFunction<Parameters, NDManager, T> make) {
        NDManager owner = Torch.manager(device);
        try {
            Parameters all = Parameters.load(weights, owner, type, memory);
            T denoiser = make.apply(all, owner);
            all.finish();
            return denoiser;
        } catch (RuntimeException | Error e) {
            owner.close();
            throw e;
        }
    }

    /**
     * Checks names and shapes of weights too large to load here.
     *
     * @param shapes the weights' shapes by name
     * @param description what messages call them
     * @param make names the parameters
     * @return the layers that may be adapted, by path
     * @throws io.github.icthp.weights.WeightsMismatchException if names or shapes do not fit
     */
    protected static Map<String, LinearShape> checked(
            Map<String, Shape> shapes,
            String description,
            BiFunction<Parameters, NDManager, ? extends Denoiser> make) {
        try (NDManager owner = Torch.manager(Device.cpu())) {
            Parameters all = Parameters.check(shapes, description, owner);
            Denoiser denoiser = make.apply(all, owner);
            all.finish();
            return denoiser.linears();
        }
    }

    /**
     * Lists the weights that a denoiser names.
     *
     * @param make names the parameters
     * @return every tensor's shape by diffusers' name
     */
    protected static Map<String, Shape> named(
            BiFunction<Parameters, NDManager, ? extends Denoiser> make) {
        try (NDManager owner = Torch.manager(Device.cpu())) {
            return make.apply(Parameters.check(Map.of(), "nothing", owner), owner).shapes();
        }
    }

    /**
     * Returns the parts of the forward pass.
     *
     * @return from the embedding of the latents to the prediction
     */
    protected abstract List<DenoiserStage> stages();

    /**
     * Returns the weights that embed time and pooled text.
     *
     * @return those that {@link #embedTime} uses, which are no stage's
     */
    protected abstract AdaptableWeights timeWeights();

    /**
     * Embeds text, by a layer of the first stage, {@value #TEXT_LAYER}.
     *
     * @param tokens token embeddings (B, L, E)
     * @return (B, L, D)
     */
    protected abstract NDArray embedText(NDArray tokens);

    /**
     * Embeds time and pooled text.
     *
     * @param timesteps (T, B), float32, in 0..1000
     * @param conditioning the prompts
     * @return temb (T, B, D)
     */
    protected abstract NDArray embedTime(NDArray timesteps, Conditioning conditioning);

    /**
     * Returns what tells tokens where they are.
     *
     * @param size the latents' size
     * @param text number of text tokens
     * @return tables for the family's stages
     */
    protected abstract List<NDArray> positions(LatentSize size, long text);

    /**
     * Checks and reads the size of latents.
     *
     * @param latents (B, C, h, w)
     * @return h and w
     * @throws IllegalArgumentException if this denoiser cannot take them
     */
    protected abstract LatentSize size(NDArray latents);

    /**
     * Says whether attention reads {@link Conditioning#styles}.
     *
     * @return false unless a family overrides this
     */
    protected boolean readsStyles() {
        return false;
    }

    /**
     * Prepares predictions for a batch of prompts.
     *
     * @param conditioning the prompts
     * @param timesteps the scheduler's timesteps, in 0..1000, one a step
     * @return the prepared denoiser, to be closed
     */
    public PreparedDenoiser prepare(Conditioning conditioning, float... timesteps) {
        float[][] rows = new float[timesteps.length][];
        for (int i = 0; i < timesteps.length; i++) {
            rows[i] = new float[] {timesteps[i]};
        }
        return prepare(conditioning, rows);
    }

    /**
     * Prepares predictions for a batch of prompts, with timesteps of their own.
     *
     * <p>In {@link Mode#GRADIENT} the embeddings are recorded, for gradients of the conditioning.
     *
     * @param conditioning the prompts
     * @param timesteps in 0..1000; a row for each step, of one value for all samples or one for
     *     each
     * @return the prepared denoiser, to be closed
     * @throws IllegalArgumentException if a row has another length, or there are reference pictures
     *     and this denoiser does not read any
     */
    public PreparedDenoiser prepare(Conditioning conditioning, float[][] timesteps) {
        for (float[] row : timesteps) {
            Preconditions.checkArgument(
                    row.length == 1 || row.length == conditioning.batch(),
                    "prepare: expected 1 or %s timesteps a step, got %s",
                    conditioning.batch(),
                    row.length);
        }
        Preconditions.checkArgument(
                conditioning.styles().isEmpty() || readsStyles(),
                "prepare: a %s reads no reference pictures, got %s; leave the style out",
                getClass().getSimpleName(),
                conditioning.styles().size());
        Mode mode = Autograd.mode() == Mode.GRADIENT ? Mode.GRADIENT : Mode.NO_GRADIENT;
        return Autograd.in(mode, () -> new PreparedDenoiser(this, conditioning, timesteps));
    }

    /**
     * Predicts once, with a timestep of its own for each sample.
     *
     * <p>In {@link Mode#GRADIENT} the call is recorded, from conditioning, latents and adapters.
     *
     * @param latents (B, C, h, w) in the denoiser's type
     * @param timesteps in 0..1000, one a sample or one for all
     * @param conditioning the prompts
     * @return the prediction, of the latents' shape, owned by the innermost scope
     */
    public NDArray predict(NDArray latents, float[] timesteps, Conditioning conditioning) {
        try (PreparedDenoiser field = prepare(conditioning, new float[][] {timesteps})) {
            return field.predict(0, latents);
        }
    }

    /**
     * Returns the linear layers that may be adapted.
     *
     * @return their shapes by module path, for example {@code transformer_blocks.0.attn.to_q}
     */
    public Map<String, LinearShape> linears() {
        Map<String, LinearShape> all = new LinkedHashMap<>();
        parts().forEach(part -> all.putAll(part.linears()));
        return all;
    }

    /**
     * Puts adapters on linear layers in place of those there are.
     *
     * <p>Adapters whose matrices require gradients are trained: their gradients are computed. The
     * denoiser uses the matrices and leaves closing them to whoever made them.
     *
     * @param adapters the adapters by module path; an empty map removes all
     * @throws IllegalArgumentException if a path is not among {@link #linears()} or a shape differs
     */
    public void adapt(Map<String, LinearAdapter> adapters) {
        requireKnown("adapt", adapters.keySet());
        parts().forEach(part -> part.adapt(adapters));
    }

    /**
     * Returns the adapters in use.
     *
     * @return the adapters by module path
     */
    public Map<String, LinearAdapter> adapters() {
        Map<String, LinearAdapter> all = new LinkedHashMap<>();
        parts().forEach(part -> all.putAll(part.adapters()));
        return all;
    }

    /**
     * Returns the matrices of linear layers as they were loaded.
     *
     * @param paths module paths among {@link #linears()}
     * @return (out, in) of each by its path, of a convolution (out, C, p, p), in the denoiser's
     *     type; never to be changed
     */
    public Map<String, NDArray> weights(Set<String> paths) {
        Map<String, NDArray> found = new LinkedHashMap<>();
        for (AdaptableWeights part : parts()) {
            found.putAll(part.matrices(paths));
        }
        return found;
    }

    /**
     * Returns the biases of linear layers as they were loaded.
     *
     * @param paths module paths among {@link #linears()}
     * @return (out) of each by its path, in the denoiser's type; never to be changed
     */
    public Map<String, NDArray> biases(Set<String> paths) {
        Map<String, NDArray> found = new LinkedHashMap<>();
        parts().forEach(part -> found.putAll(part.biases(paths)));
        return found;
    }

    /**
     * Computes with other matrices and biases in place of loaded ones, which stay as they are:
     * fused adapters.
     *
     * <p>The denoiser uses the tensors and leaves closing them to whoever made them.
     *
     * @param matrices (out, in) by module path; an empty map goes back to the loaded ones
     * @param biases (out) by module path; an empty map goes back to the loaded ones
     * @throws IllegalArgumentException if a path is not among {@link #linears()} or a shape differs
     */
    public void replaceWeights(Map<String, NDArray> matrices, Map<String, NDArray> biases) {
        requireKnown("replaceWeights", Sets.union(matrices.keySet(), biases.keySet()));
        parts().forEach(part -> part.replace(matrices, biases));
    }

    /**
     * Lays out the matrices of linear layers and convolutions in the way the processor likes best,
     * for calls outside {@link Mode#GRADIENT}. On other devices, and for widths that are not
     * multiples of 64, nothing happens; nor does it a second time.
     *
     * <p>Predictions get faster and the matrices take memory once more; memory-mapped originals are
     * then read only for gradients, and give their resident pages back.
     */
    public final synchronized void pack() {
        if (!packed) {
            stages().forEach(stage -> stage.weights().pack());
            packed = true;
        }
    }

    /**
     * Gets ready to sample pictures, which {@link #pack}s where that pays for a single picture.
     * Called before the first prediction by everyone who samples alone.
     */
    public void prepareToSample() {}

    /**
     * Lists the weights.
     *
     * @return every tensor's shape by diffusers' name
     */
    public Map<String, Shape> shapes() {
        return new LinkedHashMap<>(Maps.transformValues(tensors(), NDArray::getShape));
    }

    /**
     * Returns the weights themselves, without adapters, or with those that are fused into them.
     *
     * @return every tensor by diffusers' name; closed with this
     */
    public Map<String, NDArray> tensors() {
        Map<String, NDArray> all = new LinkedHashMap<>();
        parts().forEach(part -> all.putAll(part.tensors()));
        return all;
    }

    /** The weights of all stages, and those of none. */
    private List<AdaptableWeights> parts() {
        List<AdaptableWeights> parts = new ArrayList<>();
        stages().forEach(stage -> parts.add(stage.weights()));
        parts.add(timeWeights());
        return parts;
    }

    /** Says whether what text becomes depends on adapters. */
    boolean adaptsText() {
        return stages().get(0).weights().adapts(TEXT_LAYER);
    }

    private void requireKnown(String operation, Set<String> paths) {
        Set<String> unknown = Sets.difference(paths, linears().keySet());
        Preconditions.checkArgument(
                unknown.isEmpty(),
                "%s: this denoiser has no linear layers %s; see linears()",
                operation,
                unknown);
    }

    /**
     * Returns the denoiser's device.
     *
     * @return where its weights are
     */
    public Device device() {
        return owner.getDevice();
    }

    /** Frees the weights. */
    @Override
    public void close() {
        owner.close();
    }
}

package io.github.icthp.diffusion.model;

import ai.djl.ndarray.NDArray;

import com.google.common.primitives.Booleans;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One part of a network's forward pass: the embedding of the latents, a block, the head.
 *
 * <p>Between stages only a few small tensors live, so that a stage can be recomputed from them when
 * its gradient is wanted.
 */
public abstract class DenoiserStage {

    private final AdaptableWeights weights;

    /**
     * Creates a stage.
     *
     * @param weights its weights
     */
    protected DenoiserStage(AdaptableWeights weights) {
        this.weights = weights;
    }

    /**
     * Computes the stage.
     *
     * @param state what the stage before returned; the latents for the first
     * @param step what is common to all stages
     * @return the tensors that the next stage takes, in the innermost scope; the prediction from
     *     the last
     */
    protected abstract List<NDArray> forward(List<NDArray> state, Step step);

    /**
     * Returns the stage's weights.
     *
     * @return its weights and adapters
     */
    protected final AdaptableWeights weights() {
        return weights;
    }

    /**
     * Says which outputs depend on the latents or on adapters.
     *
     * @param inputs which tensors of the state do
     * @param outputs how many tensors the stage returns
     * @return one flag an output
     */
    protected boolean[] varying(boolean[] inputs, int outputs) {
        boolean[] flags = new boolean[outputs];
        Arrays.fill(flags, Booleans.contains(inputs, true) || !weights.trainable().isEmpty());
        return flags;
    }

    /**
     * Computes shifts, scales and gates of every stream, each (T, B, parts, D), from time and
     * pooled text (T, B, D).
     */
    final List<NDArray> modulation(NDArray temb) {
        List<NDArray> streams = new ArrayList<>();
        weights.modulations()
                .forEach(
                        (name, parts) ->
                                streams.add(
                                        LayerPrograms.COMMON.call(
                                                "modulation", temb, weights.dict(), name, parts)));
        return streams;
    }
}

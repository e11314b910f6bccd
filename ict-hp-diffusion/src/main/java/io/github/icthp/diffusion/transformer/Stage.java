package io.github.icthp.diffusion.transformer;

import ai.djl.ndarray.NDArray;

import java.util.Arrays;
import java.util.List;

/**
 * One part of a transformer's forward pass: the embedding of the latents, a block, the head.
 *
 * <p>Between stages only a few small tensors live, so that a stage can be recomputed from them when
 * its gradient is wanted.
 */
public interface Stage {

    /**
     * Computes the stage.
     *
     * @param state what the stage before returned; the latents for the first
     * @param step what is common to all stages
     * @return the tensors that the next stage takes, in the innermost scope; the velocity from the
     *     last
     */
    List<NDArray> forward(List<NDArray> state, Step step);

    /**
     * Returns the stage's weights.
     *
     * @return its weights and adapters
     */
    AdaptableWeights weights();

    /**
     * Computes shifts, scales and gates from the conditioning.
     *
     * @param temb time and pooled text (T, B, D)
     * @return one tensor (T, B, parts, D) for each stream; none if the stage has no modulation
     */
    default List<NDArray> modulation(NDArray temb) {
        return List.of();
    }

    /**
     * Says whether an adapter is on a layer that {@link #modulation} uses.
     *
     * @return true if training changes the modulation
     */
    default boolean adaptsModulation() {
        return false;
    }

    /**
     * Says which outputs depend on the latents or on adapters.
     *
     * @param inputs which tensors of the state do
     * @param outputs how many tensors the stage returns
     * @return one flag an output
     */
    default boolean[] varying(boolean[] inputs, int outputs) {
        boolean any = !weights().trainable().isEmpty();
        for (boolean input : inputs) {
            any |= input;
        }
        boolean[] flags = new boolean[outputs];
        Arrays.fill(flags, any);
        return flags;
    }
}

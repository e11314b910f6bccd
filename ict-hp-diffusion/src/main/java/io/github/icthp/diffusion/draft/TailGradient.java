package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;

import io.github.icthp.training.Gradients;

import java.util.List;

/** Computes the gradient of a rollout's end; one way for each {@link Checkpointing}. */
interface TailGradient {

    /**
     * Follows the moves from the latents that enter the first, and carries the gradient back.
     *
     * @param tail the moves
     * @param entry (B, C, h, w), without history
     * @param sum takes the adapters' gradients
     * @return rewards and where they lead
     */
    Result run(Tail tail, NDArray entry, Gradients sum);

    /**
     * What came of a rollout's end.
     *
     * @param rewards (B), owned by the innermost scope
     * @param latents the final latents, owned by the innermost scope
     * @param drift mean square of the difference to the base model's velocities; 0 if it was not
     *     asked for
     * @param flow gradients of the loss with respect to the latents: after the last move first, and
     *     back to the entry if that was asked for; empty for a whole graph
     */
    record Result(NDArray rewards, NDArray latents, double drift, List<NDArray> flow) {}
}

package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;

import java.util.List;

/** What is maximized, seen from the latents: usually decoding and a reward of the pixels. */
interface LatentReward {

    /**
     * Rewards latents, recording a graph.
     *
     * @param latents (B, C, h, w), the end of a rollout
     * @param prompts B prompts
     * @return (B) rewards, owned by the innermost scope
     */
    NDArray rewards(NDArray latents, List<String> prompts);

    /**
     * Rewards latents and carries a gradient back to them.
     *
     * @param latents (B, C, h, w), the end of a rollout
     * @param prompts B prompts
     * @param upstream the gradient that flows into every reward
     * @return rewards and gradient, owned by the innermost scope
     */
    Gradient gradient(NDArray latents, List<String> prompts, double upstream);

    /**
     * Rewards and where they lead.
     *
     * @param rewards (B), without history
     * @param latents gradient of {@code sum(rewards * upstream)} with respect to the latents, of
     *     their shape and type
     */
    record Gradient(NDArray rewards, NDArray latents) {}
}

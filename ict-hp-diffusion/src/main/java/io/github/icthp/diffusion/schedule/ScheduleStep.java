package io.github.icthp.diffusion.schedule;

import ai.djl.ndarray.NDArray;

import java.util.Optional;

/**
 * A denoising step without memory or noise, {@code x' = a x + b f(c x)} of a network f, and the way
 * back through it.
 */
public interface ScheduleStep {

    /**
     * Returns which of the schedule's timesteps the network is asked at.
     *
     * @return the step
     */
    int step();

    /**
     * Returns what the network is given. Differentiable.
     *
     * @param latents x
     * @return c x, owned by the innermost scope, or the latents themselves
     */
    NDArray networkInput(NDArray latents);

    /**
     * Takes the step. Differentiable.
     *
     * @param latents x
     * @param output what the network predicted, of the same shape
     * @return x', owned by the innermost scope
     */
    NDArray of(NDArray latents, NDArray output);

    /**
     * Carries a gradient back to the network's output.
     *
     * @param upstream gradient of x'
     * @return gradient of the output, owned by the innermost scope
     */
    NDArray outputGradient(NDArray upstream);

    /**
     * Carries a gradient back to the latents.
     *
     * @param upstream gradient of x'
     * @param input gradient of the network's input; empty if the network changes nothing there
     * @return gradient of x, owned by the innermost scope
     */
    NDArray latentsGradient(NDArray upstream, Optional<NDArray> input);
}

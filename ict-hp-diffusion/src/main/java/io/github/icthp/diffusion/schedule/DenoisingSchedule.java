package io.github.icthp.diffusion.schedule;

import ai.djl.ndarray.NDArray;

import java.util.List;
import java.util.function.Supplier;

/**
 * The steps of one sampling run: at which times the network is asked, and how its outputs take the
 * latents from noise to picture. Immutable; what multistep methods remember is passed in.
 */
public interface DenoisingSchedule {

    /**
     * What a run saw at one step.
     *
     * @param latents x before the step
     * @param output what the network predicted of them
     */
    record Visit(NDArray latents, NDArray output) {}

    /**
     * Returns the number of steps, each of which asks the network once.
     *
     * @return T; for PNDM one more than the steps that were asked for
     */
    int steps();

    /**
     * Returns the network's time inputs.
     *
     * @return one a step, falling
     */
    float[] timesteps();

    /**
     * Returns what standard normal noise is multiplied by to start from.
     *
     * @return the standard deviation of the first latents
     */
    double initialScale();

    /**
     * Returns what the network is given.
     *
     * @param step the step
     * @param latents x before the step
     * @return x in the scale that the network was trained on, owned by the innermost scope, or the
     *     latents themselves
     */
    NDArray networkInput(int step, NDArray latents);

    /**
     * Returns how many visits before the current one a step may look at.
     *
     * @return 0 for one-step methods
     */
    int lookBack();

    /**
     * Says whether any step adds noise.
     *
     * @return true if sampling is stochastic
     */
    boolean addsNoise();

    /**
     * Takes a step.
     *
     * @param step the step
     * @param path the visits of this step and those before, the newest first; at least 1 + {@link
     *     #lookBack} of them, or all there are
     * @param noise standard normal values of the latents' shape; asked only by steps that add noise
     * @return x after the step, in the type of the output, owned by the innermost scope
     */
    NDArray step(int step, List<Visit> path, Supplier<NDArray> noise);

    /**
     * Returns a step as what is differentiated: one that is linear in latents and output.
     *
     * @param step the step
     * @return the step
     * @throws IllegalArgumentException if steps look back or add noise
     */
    ScheduleStep linearStep(int step);

    /**
     * Returns the step from a step's time to the end, to the picture that the output points to.
     *
     * @param step the step
     * @return the step
     */
    ScheduleStep jump(int step);

    /**
     * Mixes pictures with noise, as the network was trained on them at a step's time.
     *
     * @param step the step
     * @param latents (B, C, h, w), without noise
     * @param noise standard normal, of the same shape
     * @return latents as they are before the step, owned by the innermost scope
     */
    NDArray addNoise(int step, NDArray latents, NDArray noise);
}

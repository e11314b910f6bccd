package io.github.icthp.diffusion;

import ai.djl.ndarray.NDArray;

/** Watches pictures being made. Throwing stops the run. */
@FunctionalInterface
public interface GenerationListener {

    /** Watches nothing. */
    GenerationListener NONE = progress -> {};

    /**
     * Called after each denoising step.
     *
     * @param progress what has been done
     */
    void onStep(Progress progress);

    /**
     * Called with each picture as soon as it is made.
     *
     * @param image the picture
     */
    default void onImage(GeneratedImage image) {}

    /**
     * How far a run has come.
     *
     * @param step the step just taken, from 1
     * @param steps number of steps
     * @param firstImage the first of the pictures in work, from 0
     * @param images number of pictures of the whole run
     * @param latents the latents after the step (B, C, h, w), valid during the call
     */
    record Progress(int step, int steps, int firstImage, int images, NDArray latents) {}
}

package io.github.icthp.diffusion.schedule;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.TorchProgram;

/** Deterministic DDIM (Song et al. 2021, equation 12 with sigma 0), as SD1.5 is sampled. */
public final class DdimScheduler {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(DdimScheduler.class, "steps.torchscript");

    private final NoiseConfig config;
    private final float[] alphas;
    private final int[] timesteps;

    /**
     * Creates a scheduler.
     *
     * @param config the model's noise
     * @param steps number of steps
     */
    public DdimScheduler(NoiseConfig config, int steps) {
        this.config = config;
        this.alphas = config.alphaProducts();
        double[] chosen = config.timesteps(steps);
        this.timesteps = new int[steps];
        for (int i = 0; i < steps; i++) {
            timesteps[i] = (int) Math.rint(chosen[i]);
        }
    }

    /**
     * Returns the model's time inputs.
     *
     * @return one a step, falling
     */
    public int[] timesteps() {
        return timesteps.clone();
    }

    /**
     * Returns how much of the picture is left at a step.
     *
     * @param step the step
     * @return the product of alphas, in 0..1
     */
    public float alphaProduct(int step) {
        return alphas[timesteps[step]];
    }

    private float alphaAfter(int step) {
        int previous = timesteps[step] - config.trainTimesteps() / timesteps.length;
        if (previous >= 0) {
            return alphas[previous];
        }
        return config.alphaToOne() ? 1 : alphas[0];
    }

    /**
     * Takes a step.
     *
     * @param step the step
     * @param sample x before the step
     * @param output what the model predicts at the step
     * @return x after the step, owned by the innermost scope
     */
    public NDArray step(int step, NDArray sample, NDArray output) {
        double picture = Math.sqrt(alphaProduct(step));
        double noise = Math.sqrt(1 - alphaProduct(step));
        double nextPicture = Math.sqrt(alphaAfter(step));
        double nextNoise = Math.sqrt(1 - alphaAfter(step));
        // x_0 and epsilon are linear in the sample and the output, so the step is, too.
        return switch (config.prediction()) {
            case EPSILON ->
                    PROGRAM.call(
                            "combine",
                            sample,
                            nextPicture / picture,
                            output,
                            nextNoise - nextPicture * noise / picture);
            case V_PREDICTION ->
                    PROGRAM.call(
                            "combine",
                            sample,
                            nextPicture * picture + nextNoise * noise,
                            output,
                            nextNoise * picture - nextPicture * noise);
        };
    }
}

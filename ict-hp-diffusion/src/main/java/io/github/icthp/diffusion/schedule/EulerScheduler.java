package io.github.icthp.diffusion.schedule;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.TorchProgram;

import java.util.Arrays;

/** Euler's method on the noise level (Karras et al. 2022, algorithm 1), as SDXL is sampled. */
public final class EulerScheduler {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(EulerScheduler.class, "steps.torchscript");
    private static final double RHO = 7;

    private final NoiseConfig config;
    private final float[] timesteps;
    private final float[] sigmas;

    /**
     * Creates a scheduler.
     *
     * @param config the model's noise
     * @param steps number of steps
     */
    public EulerScheduler(NoiseConfig config, int steps) {
        this.config = config;
        float[] training = trainingSigmas(config);
        double[] chosen = config.timesteps(steps);
        double[] levels = Arrays.stream(chosen).map(t -> interpolate(training, t)).toArray();
        if (config.karras()) {
            levels = karras(levels);
            chosen = Arrays.stream(levels).map(sigma -> timestep(training, sigma)).toArray();
        }
        this.timesteps = Arrays32.toFloats(chosen);
        this.sigmas = Arrays32.toFloats(Arrays.copyOf(levels, steps + 1));
    }

    private static float[] trainingSigmas(NoiseConfig config) {
        float[] alphas = config.alphaProducts();
        float[] sigmas = new float[alphas.length];
        for (int i = 0; i < sigmas.length; i++) {
            sigmas[i] = (float) Math.sqrt((1 - alphas[i]) / alphas[i]);
        }
        return sigmas;
    }

    private static double interpolate(float[] values, double at) {
        int low = Math.min((int) at, values.length - 2);
        return values[low] + (at - low) * ((double) values[low + 1] - values[low]);
    }

    /** Equation 5 between the ends of the levels given. */
    private static double[] karras(double[] levels) {
        double high = Math.pow(levels[0], 1 / RHO);
        double low = Math.pow(levels[levels.length - 1], 1 / RHO);
        double[] ramp = Arrays32.linspace(0, 1, levels.length);
        return Arrays.stream(ramp).map(r -> Math.pow(high + r * (low - high), RHO)).toArray();
    }

    /** Finds the timestep of a noise level, linear in its logarithm. */
    private static double timestep(float[] training, double sigma) {
        int found = Arrays.binarySearch(training, (float) sigma);
        int low = Math.max(0, Math.min(found >= 0 ? found : -found - 2, training.length - 2));
        double from = Math.log(training[low]);
        double to = Math.log(training[low + 1]);
        return low + Math.max(0, Math.min(1, (Math.log(sigma) - from) / (to - from)));
    }

    /**
     * Returns the model's time inputs.
     *
     * @return one a step, falling
     */
    public float[] timesteps() {
        return timesteps.clone();
    }

    /**
     * Returns the noise levels.
     *
     * @return one before each step and, last, the 0 after the last step
     */
    public float[] sigmas() {
        return sigmas.clone();
    }

    /**
     * Returns what standard normal noise is multiplied with to start from.
     *
     * @return the standard deviation of the first sample
     */
    public double initialSigma() {
        return config.spacing() == NoiseConfig.Spacing.LEADING
                ? Math.sqrt((double) sigmas[0] * sigmas[0] + 1)
                : sigmas[0];
    }

    /**
     * Returns what the model is given.
     *
     * @param step the step
     * @param sample x before the step
     * @return x at unit variance, owned by the innermost scope
     */
    public NDArray modelInput(int step, NDArray sample) {
        double sigma = sigmas[step];
        return PROGRAM.call("scale", sample, 1 / Math.sqrt(sigma * sigma + 1));
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
        double sigma = sigmas[step];
        double delta = (double) sigmas[step + 1] - sigma;
        if (config.prediction() == NoiseConfig.Prediction.EPSILON) {
            return PROGRAM.call("advance", sample, output, delta);
        }
        double variance = sigma * sigma + 1;
        return PROGRAM.call(
                "combine",
                sample,
                1 + delta * sigma / variance,
                output,
                delta / Math.sqrt(variance));
    }
}

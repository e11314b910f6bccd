package io.github.icthp.diffusion.schedule;

import java.util.Arrays;

/** A model's noise levels by timestep, and back. */
final class NoiseLevels {

    private static final double RHO = 7;

    private final float[] training;

    NoiseLevels(NoiseConfig config) {
        this.training = config.sigmas();
    }

    double least() {
        return training[0];
    }

    double most() {
        return training[training.length - 1];
    }

    /** Returns the noise level at a timestep, which may lie between two of training. */
    double at(double timestep) {
        int low = Math.min((int) timestep, training.length - 2);
        return training[low] + (timestep - low) * ((double) training[low + 1] - training[low]);
    }

    /** Finds the timestep of a noise level, linear in its logarithm. */
    double timestep(double sigma) {
        int found = Arrays.binarySearch(training, (float) sigma);
        int low = Math.max(0, Math.min(found >= 0 ? found : -found - 2, training.length - 2));
        double from = Math.log(training[low]);
        double to = Math.log(training[low + 1]);
        return low + Math.max(0, Math.min(1, (Math.log(sigma) - from) / (to - from)));
    }

    /** Returns n levels from the highest to the lowest (Karras et al. 2022, equation 5). */
    static double[] karras(double highest, double lowest, int n) {
        double high = Math.pow(highest, 1 / RHO);
        double low = Math.pow(lowest, 1 / RHO);
        double[] ramp = Arrays32.linspace(0, 1, n);
        return Arrays.stream(ramp).map(r -> Math.pow(high + r * (low - high), RHO)).toArray();
    }
}

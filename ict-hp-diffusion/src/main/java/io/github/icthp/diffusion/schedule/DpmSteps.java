package io.github.icthp.diffusion.schedule;

import com.google.common.primitives.ImmutableDoubleArray;

import io.github.icthp.diffusion.schedule.NoiseConfig.Prediction;
import io.github.icthp.diffusion.schedule.NoiseScheduler.Method;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * DPM-Solver++ (2M): steps of second order from the pictures predicted at this and the last
 * timestep. Latents are {@code alpha} times the picture plus {@code alpha sigma} times noise.
 */
final class DpmSteps {

    private final NoiseScheduler settings;
    private final double[] timesteps;
    private final double[] sigmas;

    private DpmSteps(NoiseScheduler settings, int steps) {
        this.settings = settings;
        NoiseLevels levels = new NoiseLevels(settings.noise());
        if (settings.karras()) {
            this.sigmas = NoiseLevels.karras(levels.most(), levels.least(), steps);
            this.timesteps =
                    Arrays.stream(sigmas).map(s -> Math.rint(levels.timestep(s))).toArray();
        } else {
            this.timesteps = spaced(settings, steps);
            this.sigmas = Arrays.stream(timesteps).map(levels::at).toArray();
        }
    }

    /** Of n + 1 points, the lowest is left out. */
    private static double[] spaced(NoiseScheduler settings, int steps) {
        return switch (settings.spacing()) {
            case TRAILING -> settings.timesteps(steps);
            case LINSPACE ->
                    Arrays.stream(settings.timesteps(steps + 1))
                            .limit(steps)
                            .map(Math::rint)
                            .toArray();
            case LEADING -> Arrays.copyOf(settings.timesteps(steps + 1), steps);
        };
    }

    static NoiseSchedule schedule(NoiseScheduler settings, int steps) {
        DpmSteps all = new DpmSteps(settings, steps);
        List<LinearStep> rules = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            rules.add(all.step(i));
        }
        return new NoiseSchedule(settings.noise().prediction(), 1, rules);
    }

    private LinearStep step(int i) {
        double sigma = sigmas[i];
        double next = i + 1 < sigmas.length ? sigmas[i + 1] : 0;
        double h = Math.log(sigma) - Math.log(next);
        boolean stochastic = settings.method() == Method.DPM_2M_SDE;
        double kept = Math.exp(stochastic ? -2 * h : -h);
        double ofSample = next == 0 ? 0 : ratio(next, sigma) * (stochastic ? Math.exp(-h) : 1);
        double ofPicture = alpha(next) * (1 - kept);
        double correction = 0;
        if (i > 0 && next > 0) {
            double before = Math.log(sigmas[i - 1]) - Math.log(sigma);
            correction = ofPicture * h / before / 2;
        }
        ImmutableDoubleArray.Builder samples = ImmutableDoubleArray.builder();
        ImmutableDoubleArray.Builder outputs = ImmutableDoubleArray.builder();
        samples.add(ofSample + (ofPicture + correction) * pictureOfSample(sigma));
        outputs.add((ofPicture + correction) * pictureOfOutput(sigma));
        if (correction != 0) {
            samples.add(-correction * pictureOfSample(sigmas[i - 1]));
            outputs.add(-correction * pictureOfOutput(sigmas[i - 1]));
        }
        double fresh = stochastic ? next * alpha(next) * Math.sqrt(1 - kept) : 0;
        return new LinearStep(
                timesteps[i],
                1,
                alpha(sigma),
                sigma * alpha(sigma),
                samples.build(),
                outputs.build(),
                fresh);
    }

    private static double alpha(double sigma) {
        return 1 / Math.sqrt(1 + sigma * sigma);
    }

    private static double ratio(double next, double sigma) {
        return next * alpha(next) / (sigma * alpha(sigma));
    }

    /** The predicted picture is linear in latents and output. */
    private double pictureOfSample(double sigma) {
        return isEpsilon() ? 1 / alpha(sigma) : alpha(sigma);
    }

    private double pictureOfOutput(double sigma) {
        return isEpsilon() ? -sigma : -sigma * alpha(sigma);
    }

    private boolean isEpsilon() {
        return settings.noise().prediction() == Prediction.EPSILON;
    }
}

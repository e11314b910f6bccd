package io.github.icthp.diffusion.schedule;

import io.github.icthp.diffusion.schedule.NoiseConfig.Prediction;
import io.github.icthp.diffusion.schedule.NoiseScheduler.Method;
import io.github.icthp.diffusion.schedule.NoiseScheduler.Spacing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Euler's method on the noise level: latents are the picture plus sigma times noise. */
final class EulerSteps {

    private EulerSteps() {}

    static NoiseSchedule schedule(NoiseScheduler settings, int steps) {
        NoiseLevels levels = new NoiseLevels(settings.noise());
        double[] timesteps = settings.timesteps(steps);
        double[] sigmas = Arrays.stream(timesteps).map(levels::at).toArray();
        if (settings.karras()) {
            sigmas = NoiseLevels.karras(sigmas[0], sigmas[steps - 1], steps);
            timesteps = Arrays.stream(sigmas).map(levels::timestep).toArray();
        }
        List<LinearStep> rules = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            double next = i + 1 < steps ? sigmas[i + 1] : 0;
            rules.add(step(settings, timesteps[i], sigmas[i], next));
        }
        double first = sigmas[0];
        boolean leading = settings.spacing() == Spacing.LEADING;
        return new NoiseSchedule(
                settings.noise().prediction(),
                leading ? Math.sqrt(first * first + 1) : first,
                rules);
    }

    private static LinearStep step(
            NoiseScheduler settings, double timestep, double sigma, double next) {
        double variance = sigma * sigma + 1;
        double fresh = 0;
        double target = next;
        if (settings.method() == Method.EULER_ANCESTRAL) {
            fresh = Math.sqrt(next * next * (sigma * sigma - next * next) / (sigma * sigma));
            target = Math.sqrt(next * next - fresh * fresh);
        }
        double delta = target - sigma;
        boolean epsilon = settings.noise().prediction() == Prediction.EPSILON;
        return LinearStep.of(
                        timestep,
                        1,
                        sigma,
                        epsilon ? 1 : 1 + delta * sigma / variance,
                        epsilon ? delta : delta / Math.sqrt(variance))
                .withInput(1 / Math.sqrt(variance))
                .withNoise(fresh);
    }
}

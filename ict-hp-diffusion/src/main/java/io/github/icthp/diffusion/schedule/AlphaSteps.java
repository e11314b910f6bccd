package io.github.icthp.diffusion.schedule;

import com.google.common.primitives.ImmutableDoubleArray;

import java.util.ArrayList;
import java.util.List;

/** DDIM's and PNDM's steps, in products of alphas. */
final class AlphaSteps {

    /**
     * Adams and Bashforth's factors, the newest output first (Liu et al. 2022, equation 12). Call 1
     * repeats call 0's timestep for a better first step, and its output is not used again.
     */
    private static final List<double[]> PNDM_OUTPUTS =
            List.of(
                    new double[] {1},
                    new double[] {1 / 2., 1 / 2.},
                    new double[] {3 / 2., 0, -1 / 2.},
                    new double[] {23 / 12., -16 / 12., 0, 5 / 12.},
                    new double[] {55 / 24., -59 / 24., 37 / 24., 0, -9 / 24.},
                    new double[] {55 / 24., -59 / 24., 37 / 24., -9 / 24.});

    private final NoiseScheduler settings;
    private final float[] alphas;
    private final int stride;

    private AlphaSteps(NoiseScheduler settings, int steps) {
        this.settings = settings;
        this.alphas = settings.noise().alphaProducts();
        this.stride = alphas.length / steps;
    }

    static NoiseSchedule ddim(NoiseScheduler settings, int steps) {
        AlphaSteps all = new AlphaSteps(settings, steps);
        List<LinearStep> rules = new ArrayList<>();
        for (double timestep : settings.timesteps(steps)) {
            rules.add(all.ddimStep((int) Math.rint(timestep)));
        }
        return new NoiseSchedule(settings.noise().prediction(), 1, rules);
    }

    /** Returns the product of alphas at a timestep, or that of the end before the first. */
    private double alpha(int timestep) {
        if (timestep >= 0) {
            return alphas[Math.min(timestep, alphas.length - 1)];
        }
        return settings.alphaToOne() ? 1 : alphas[0];
    }

    /** Equation 12: of the sample to the picture and back, both linear in sample and output. */
    private LinearStep ddimStep(int timestep) {
        double now = alpha(timestep);
        double next = alpha(timestep - stride);
        double picture = Math.sqrt(now);
        double noise = Math.sqrt(1 - now);
        double fresh =
                settings.eta() == 0
                        ? 0
                        : settings.eta() * Math.sqrt((1 - next) / (1 - now) * (1 - now / next));
        double nextPicture = Math.sqrt(next);
        double nextNoise = Math.sqrt(1 - next - fresh * fresh);
        LinearStep step =
                switch (settings.noise().prediction()) {
                    case EPSILON ->
                            LinearStep.of(
                                    timestep,
                                    picture,
                                    noise,
                                    nextPicture / picture,
                                    nextNoise - nextPicture * noise / picture);
                    case V_PREDICTION ->
                            LinearStep.of(
                                    timestep,
                                    picture,
                                    noise,
                                    nextPicture * picture + nextNoise * noise,
                                    nextNoise * picture - nextPicture * noise);
                };
        return step.withNoise(fresh);
    }

    static NoiseSchedule pndm(NoiseScheduler settings, int steps) {
        AlphaSteps all = new AlphaSteps(settings, steps);
        double[] timesteps = settings.timesteps(steps);
        List<LinearStep> rules = new ArrayList<>();
        rules.add(all.pndmStep(0, (int) timesteps[0], (int) timesteps[0]));
        for (int call = 1; steps > 1 && call <= steps; call++) {
            int timestep = (int) timesteps[Math.max(1, call - 1)];
            rules.add(all.pndmStep(call, timestep, call == 1 ? timestep + all.stride : timestep));
        }
        return new NoiseSchedule(settings.noise().prediction(), 1, rules);
    }

    /** Equation 11, {@code from} a timestep to the one before it. */
    private LinearStep pndmStep(int call, int asked, int from) {
        double now = alpha(from);
        double next = alpha(from - stride);
        double ofSample = Math.sqrt(next / now);
        double ofNoise =
                -(next - now) / (now * Math.sqrt(1 - next) + Math.sqrt(now * (1 - now) * next));
        if (settings.noise().prediction() == NoiseConfig.Prediction.V_PREDICTION) {
            ofSample += ofNoise * Math.sqrt(1 - now);
            ofNoise *= Math.sqrt(now);
        }
        ImmutableDoubleArray.Builder outputs = ImmutableDoubleArray.builder();
        for (double factor : PNDM_OUTPUTS.get(Math.min(call, PNDM_OUTPUTS.size() - 1))) {
            outputs.add(factor * ofNoise);
        }
        // Call 1 steps again from where call 0 did.
        ImmutableDoubleArray samples =
                call == 1
                        ? ImmutableDoubleArray.of(0, ofSample)
                        : ImmutableDoubleArray.of(ofSample);
        double asks = alpha(asked);
        return new LinearStep(
                asked, 1, Math.sqrt(asks), Math.sqrt(1 - asks), samples, outputs.build(), 0);
    }
}

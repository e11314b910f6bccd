package io.github.icthp.diffusion.schedule;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;
import com.google.common.primitives.Doubles;
import com.google.common.primitives.ImmutableDoubleArray;

import io.github.icthp.torch.TorchProgram;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The steps of a sampler of SD1.5, SD2 or SDXL. Every such sampler is linear in the latents, the
 * network's outputs and the noise, so that a step is a handful of factors; sums are in float32.
 */
public final class NoiseSchedule implements DenoisingSchedule {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(NoiseSchedule.class, "steps.torchscript");

    private final NoiseConfig.Prediction prediction;
    private final double initialScale;
    private final List<LinearStep> steps;

    NoiseSchedule(NoiseConfig.Prediction prediction, double initialScale, List<LinearStep> steps) {
        this.prediction = prediction;
        this.initialScale = initialScale;
        this.steps = List.copyOf(steps);
    }

    @Override
    public int steps() {
        return steps.size();
    }

    @Override
    public float[] timesteps() {
        return Arrays32.toFloats(steps.stream().mapToDouble(LinearStep::timestep).toArray());
    }

    @Override
    public double initialScale() {
        return initialScale;
    }

    /**
     * Returns how noisy the latents are before a step.
     *
     * @param step the step
     * @return the ratio of noise to picture, sigma in Karras et al. 2022
     */
    public double sigma(int step) {
        return steps.get(step).level() / steps.get(step).signal();
    }

    @Override
    public NDArray networkInput(int step, NDArray latents) {
        double factor = steps.get(step).input();
        return factor == 1 ? latents : sum(List.of(latents), new double[] {factor}, latents);
    }

    @Override
    public int lookBack() {
        return steps.stream().mapToInt(LinearStep::lookBack).max().orElse(0);
    }

    @Override
    public boolean addsNoise() {
        return steps.stream().anyMatch(step -> step.noise() != 0);
    }

    @Override
    public NDArray step(int step, List<Visit> path, Supplier<NDArray> noise) {
        LinearStep rule = steps.get(step);
        Preconditions.checkArgument(
                path.size() > rule.lookBack(),
                "step %s looks back %s steps, got %s visits",
                step,
                rule.lookBack(),
                path.size());
        List<NDArray> terms = new ArrayList<>();
        List<Double> factors = new ArrayList<>();
        add(rule.samples(), path.stream().map(Visit::latents).toList(), terms, factors);
        add(rule.outputs(), path.stream().map(Visit::output).toList(), terms, factors);
        if (rule.noise() != 0) {
            terms.add(noise.get());
            factors.add(rule.noise());
        }
        return sum(terms, Doubles.toArray(factors), path.get(0).output());
    }

    private static void add(
            ImmutableDoubleArray each,
            List<NDArray> tensors,
            List<NDArray> terms,
            List<Double> factors) {
        for (int k = 0; k < each.length(); k++) {
            if (each.get(k) != 0) {
                terms.add(tensors.get(k));
                factors.add(each.get(k));
            }
        }
    }

    @Override
    public ScheduleStep linearStep(int step) {
        LinearStep rule = steps.get(step);
        Preconditions.checkArgument(
                lookBack() == 0 && !addsNoise(),
                "schedule: only methods of one step without noise are differentiated: DDIM and"
                        + " Euler; this one looks back %s steps%s",
                lookBack(),
                addsNoise() ? " and adds noise" : "");
        return new LinearMove(step, rule.input(), rule.samples().get(0), rule.outputs().get(0));
    }

    /** Both predictions are what latents and picture differ by, so a jump is linear, too. */
    @Override
    public ScheduleStep jump(int step) {
        LinearStep rule = steps.get(step);
        boolean epsilon = prediction == NoiseConfig.Prediction.EPSILON;
        double scale = Math.hypot(rule.signal(), rule.level());
        double ofSample = epsilon ? 1 / rule.signal() : rule.signal() / (scale * scale);
        double ofOutput = epsilon ? -rule.level() / rule.signal() : -rule.level() / scale;
        return new LinearMove(step, rule.input(), ofSample, ofOutput);
    }

    /** Factors of the network's input, of the latents and of the output. */
    private record LinearMove(int step, double input, double sample, double output)
            implements ScheduleStep {

        @Override
        public NDArray networkInput(NDArray latents) {
            return input == 1 ? latents : scaled(latents, input);
        }

        @Override
        public NDArray of(NDArray latents, NDArray predicted) {
            return sum(List.of(latents, predicted), new double[] {sample, output}, predicted);
        }

        @Override
        public NDArray outputGradient(NDArray upstream) {
            return scaled(upstream, output);
        }

        @Override
        public NDArray latentsGradient(NDArray upstream, Optional<NDArray> gradient) {
            return gradient.map(
                            g -> sum(List.of(upstream, g), new double[] {sample, input}, upstream))
                    .orElseGet(() -> scaled(upstream, sample));
        }

        private static NDArray scaled(NDArray x, double factor) {
            return sum(List.of(x), new double[] {factor}, x);
        }
    }

    @Override
    public NDArray addNoise(int step, NDArray latents, NDArray noise) {
        LinearStep rule = steps.get(step);
        return sum(List.of(latents, noise), new double[] {rule.signal(), rule.level()}, latents);
    }

    private static NDArray sum(List<NDArray> terms, double[] factors, NDArray like) {
        return PROGRAM.call("weighted_sum", terms, factors, like);
    }
}

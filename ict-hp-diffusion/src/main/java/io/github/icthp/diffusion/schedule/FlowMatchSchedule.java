package io.github.icthp.diffusion.schedule;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;
import com.google.common.primitives.Floats;

import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Timesteps and noise levels of a sampling run, and Euler's steps between them. */
public final class FlowMatchSchedule implements DenoisingSchedule {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(FlowMatchSchedule.class, "steps.torchscript");

    private final float[] timesteps;
    private final float[] sigmas;

    FlowMatchSchedule(float[] timesteps, float[] sigmas) {
        this.timesteps = timesteps;
        this.sigmas = sigmas;
    }

    @Override
    public int steps() {
        return timesteps.length;
    }

    @Override
    public float[] timesteps() {
        return timesteps.clone();
    }

    @Override
    public double initialScale() {
        return 1;
    }

    @Override
    public NDArray networkInput(int step, NDArray latents) {
        return latents;
    }

    @Override
    public ScheduleStep linearStep(int step) {
        return new FlowMatchStep(step, delta(step));
    }

    @Override
    public ScheduleStep jump(int step) {
        return new FlowMatchStep(step, -sigmas[step]);
    }

    @Override
    public NDArray addNoise(int step, NDArray latents, NDArray noise) {
        return addNoise(latents, noise, sigmas[step]);
    }

    /** A step along a velocity: to the latents a gradient passes unchanged. */
    private record FlowMatchStep(int step, float factor) implements ScheduleStep {

        @Override
        public NDArray networkInput(NDArray latents) {
            return latents;
        }

        @Override
        public NDArray of(NDArray latents, NDArray output) {
            return FlowMatchSchedule.move(latents, output, factor);
        }

        @Override
        public NDArray outputGradient(NDArray upstream) {
            return velocityGradient(upstream, factor);
        }

        @Override
        public NDArray latentsGradient(NDArray upstream, Optional<NDArray> input) {
            return input.map(gradient -> gradient.add(upstream)).orElse(upstream);
        }
    }

    @Override
    public int lookBack() {
        return 0;
    }

    @Override
    public boolean addsNoise() {
        return false;
    }

    @Override
    public NDArray step(int step, List<Visit> path, Supplier<NDArray> noise) {
        return step(step, path.get(0).latents(), path.get(0).output());
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
     * Returns how far a step goes.
     *
     * @param step the step
     * @return the difference of sigmas, negative
     */
    public float delta(int step) {
        return sigmas[step + 1] - sigmas[step];
    }

    /**
     * Takes a step, {@link #move} by {@link #delta}.
     *
     * @param step the step
     * @param latents x before the step
     * @param velocity v at the step, of the same shape
     * @return x after the step, owned by the innermost scope
     */
    public NDArray step(int step, NDArray latents, NDArray velocity) {
        return move(latents, velocity, delta(step));
    }

    /**
     * Moves latents along a velocity: {@code x + factor * v}. Differentiable.
     *
     * <p>Factor and product are rounded to the velocity's type, the sum is in float32 and the
     * result in the velocity's type: to the bit what diffusers does in bfloat16 on a CPU.
     *
     * @param latents x
     * @param velocity v, of the same shape
     * @param factor how far: the difference of sigmas
     * @return x after the move, owned by the innermost scope
     */
    public static NDArray move(NDArray latents, NDArray velocity, float factor) {
        return PROGRAM.call("advance", latents, velocity, factor);
    }

    /**
     * Carries a gradient back through a {@link #move}, to the velocity. To the latents it passes
     * unchanged.
     *
     * @param upstream gradient of the latents after the move
     * @param factor how far the move went
     * @return gradient of the velocity, owned by the innermost scope
     */
    public static NDArray velocityGradient(NDArray upstream, float factor) {
        return PROGRAM.call("scale", upstream, factor);
    }

    /**
     * Finds the noise level of a timestep.
     *
     * @param timestep one of {@link #timesteps()}
     * @return its sigma
     * @throws IllegalArgumentException if it is none of them
     */
    public float sigma(float timestep) {
        int index = Floats.indexOf(timesteps, timestep);
        Preconditions.checkArgument(
                index >= 0,
                "schedule: expected one of the timesteps %s, got %s",
                Arrays.toString(timesteps),
                timestep);
        return sigmas[index];
    }

    /**
     * Mixes pictures with noise: {@code sigma * noise + (1 - sigma) * x}, the path whose velocity a
     * flow-matching model learns (Esser et al. 2024, equation 13).
     *
     * @param latents x (B, C, h, w), without noise
     * @param noise standard normal, of the same shape
     * @param sigmas noise levels in 0..1, one a sample
     * @return the noisy latents, owned by the innermost scope
     */
    public static NDArray addNoise(NDArray latents, NDArray noise, float... sigmas) {
        return PROGRAM.call("noisy", latents, noise, Tensors.of(sigmas, sigmas.length));
    }
}

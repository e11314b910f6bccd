package io.github.icthp.diffusion;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.DiffusionTransformer;
import io.github.icthp.diffusion.model.VelocityField;
import io.github.icthp.diffusion.schedule.FlowMatchSchedule;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.TorchProgram;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.function.ObjIntConsumer;

/**
 * Denoises latents along a schedule (Esser et al. 2024, section 2), with classifier-free guidance
 * where its scale is above 1.
 *
 * @param transformer predicts velocities
 * @param schedule the steps
 * @param guidance classifier-free guidance scale
 */
record Sampler(DiffusionTransformer transformer, FlowMatchSchedule schedule, double guidance) {

    static final TorchProgram PROGRAM = TorchProgram.of(Sampler.class, "pipeline.torchscript");

    boolean guides() {
        return guidance > 1;
    }

    /**
     * Samples.
     *
     * @param prompts B encoded prompts; with guidance 2 B, those to keep away from first
     * @param noise (B, C, h, w), in the transformer's type
     * @param listener takes the latents after each step and the step's number, from 1
     * @return (B, C, h, w), owned by the innermost scope
     */
    NDArray sample(Conditioning prompts, NDArray noise, ObjIntConsumer<NDArray> listener) {
        try (TensorScope scope = TensorScope.open();
                VelocityField field =
                        Autograd.in(
                                Mode.NO_GRADIENT,
                                () -> transformer.prepare(prompts, schedule.timesteps()))) {
            NDArray latents = noise;
            for (int step = 0; step < schedule.steps(); step++) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new CancellationException(
                            String.format(
                                    Locale.ROOT,
                                    "generate: interrupted before step %d of %d",
                                    step + 1,
                                    schedule.steps()));
                }
                NDArray next = step(field, step, latents);
                if (latents != noise) {
                    latents.close();
                }
                latents = next;
                listener.accept(latents, step + 1);
            }
            return scope.keep(latents);
        }
    }

    private NDArray step(VelocityField field, int step, NDArray latents) {
        return Autograd.in(
                Mode.INFERENCE,
                () -> {
                    try (TensorScope scope = TensorScope.open()) {
                        NDArray velocity;
                        if (guides()) {
                            NDArray twice = PROGRAM.call("stack", List.of(latents, latents));
                            velocity = PROGRAM.call("guide", field.velocity(step, twice), guidance);
                        } else {
                            velocity = field.velocity(step, latents);
                        }
                        return scope.keep(schedule.step(step, latents, velocity));
                    }
                });
    }
}

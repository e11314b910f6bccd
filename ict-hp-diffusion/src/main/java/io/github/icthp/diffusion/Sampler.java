package io.github.icthp.diffusion;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.model.PreparedDenoiser;
import io.github.icthp.diffusion.schedule.DenoisingSchedule;
import io.github.icthp.diffusion.schedule.DenoisingSchedule.Visit;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.TorchProgram;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;

/**
 * Denoises latents along a schedule, with classifier-free guidance where its scale is above 1.
 *
 * @param network predicts velocities or noise
 * @param schedule the steps
 * @param guidance classifier-free guidance
 */
record Sampler(Denoiser network, DenoisingSchedule schedule, Guidance guidance) {

    static final TorchProgram PROGRAM = TorchProgram.of(Sampler.class, "pipeline.torchscript");

    /**
     * Classifier-free guidance.
     *
     * @param scale its scale; it guides above 1
     * @param rescale how much of the prediction is brought back to its deviation without guidance,
     *     in 0..1
     */
    record Guidance(double scale, double rescale) {

        boolean guides() {
            return scale > 1;
        }

        /** Joins predictions without and with the prompt, (2 B, C, h, w). */
        private NDArray of(NDArray twice) {
            NDArray guided = PROGRAM.call("guide", twice, scale);
            return rescale == 0 ? guided : PROGRAM.call("rescale", guided, twice, rescale);
        }
    }

    /**
     * Samples.
     *
     * @param prompts B encoded prompts; with guidance 2 B, those to keep away from first
     * @param noise (B, C, h, w), in the network's type
     * @param fresh gives more noise to steps that want it
     * @param listener takes the latents after each step and the step's number, from 1
     * @return (B, C, h, w), owned by the innermost scope
     */
    NDArray sample(
            Conditioning prompts,
            NDArray noise,
            IntFunction<NDArray> fresh,
            ObjIntConsumer<NDArray> listener) {
        try (TensorScope scope = TensorScope.open();
                PreparedDenoiser field =
                        Autograd.in(
                                Mode.NO_GRADIENT,
                                () -> network.prepare(prompts, schedule.timesteps()))) {
            double first = schedule.initialScale();
            NDArray latents = first == 1 ? noise : PROGRAM.call("scaled", noise, first);
            List<Visit> path = new ArrayList<>();
            for (int step = 0; step < schedule.steps(); step++) {
                requireNotInterrupted(step);
                NDArray next = step(field, step, latents, path, fresh);
                while (path.size() > schedule.lookBack()) {
                    Visit oldest = path.remove(path.size() - 1);
                    oldest.output().close();
                    if (oldest.latents() != noise) {
                        oldest.latents().close();
                    }
                }
                latents = next;
                listener.accept(latents, step + 1);
            }
            return scope.keep(latents);
        }
    }

    private void requireNotInterrupted(int step) {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException(
                    String.format(
                            Locale.ROOT,
                            "generate: interrupted before step %d of %d",
                            step + 1,
                            schedule.steps()));
        }
    }

    /** Takes a step, and adds its visit to the path. */
    private NDArray step(
            PreparedDenoiser field,
            int step,
            NDArray latents,
            List<Visit> path,
            IntFunction<NDArray> fresh) {
        return Autograd.in(
                Mode.INFERENCE,
                () -> {
                    try (TensorScope scope = TensorScope.open()) {
                        NDArray input = schedule.networkInput(step, latents);
                        NDArray output;
                        if (guidance.guides()) {
                            NDArray twice = PROGRAM.call("stack", List.of(input, input));
                            output = guidance.of(field.predict(step, twice));
                        } else {
                            output = field.predict(step, input);
                        }
                        path.add(0, new Visit(latents, scope.keep(output)));
                        return scope.keep(schedule.step(step, path, () -> fresh.apply(step)));
                    }
                });
    }
}

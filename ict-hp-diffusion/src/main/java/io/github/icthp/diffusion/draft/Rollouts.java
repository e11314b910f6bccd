package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.draft.Tail.Move;
import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.DiffusionTransformer;
import io.github.icthp.diffusion.model.VelocityField;
import io.github.icthp.diffusion.schedule.FlowMatchSchedule;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.training.Gradients;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Samples from noise and differentiates the end, as an {@link Unrolling} says. */
final class Rollouts {

    private final DiffusionTransformer transformer;
    private final FlowMatchSchedule schedule;
    private final TailGradient tails;

    Rollouts(DiffusionTransformer transformer, FlowMatchSchedule schedule, TailGradient tails) {
        this.transformer = transformer;
        this.schedule = schedule;
        this.tails = tails;
    }

    /**
     * A batch to sample.
     *
     * @param conditioning the encoded prompts
     * @param noise (B, C, h, w), in the transformer's type
     * @param prompts the B prompts
     * @param freshNoise noise of that shape and type by number, for {@link Unrolling.LowVariance}
     */
    record Batch(
            Conditioning conditioning,
            NDArray noise,
            List<String> prompts,
            IntFunction<NDArray> freshNoise) {}

    /**
     * Samples a batch and adds the gradients of the loss, minus the weighted sum of its rewards.
     *
     * @param batch what to sample
     * @param drawn which steps are differentiated, with nothing left to chance
     * @param weight what each reward counts
     * @param sum takes the adapters' gradients
     * @return rewards and final latents of the sampled batch
     */
    TailGradient.Result run(Batch batch, Unrolling drawn, double weight, Gradients sum) {
        try (TensorScope scope = TensorScope.open();
                VelocityField field =
                        Autograd.in(
                                Mode.NO_GRADIENT,
                                () ->
                                        transformer.prepare(
                                                batch.conditioning(), schedule.timesteps()))) {
            List<Move> moves = moves(drawn);
            NDArray entry = sample(field, batch.noise(), moves.get(0).step());
            Tail tail = new Tail(field, moves, batch.prompts(), weight);
            TailGradient.Result result = tails.run(tail, entry, sum);
            if (drawn instanceof Unrolling.LowVariance variance) {
                again(tail, result.latents(), batch, variance.renoised(), sum);
            }
            scope.keep(result.rewards());
            scope.keep(result.latents());
            result.flow().forEach(scope::keep);
            return result;
        }
    }

    /** Noises a result again and differentiates the last step from there, some times. */
    private void again(Tail tail, NDArray latents, Batch batch, int times, Gradients sum) {
        float sigma = schedule.sigmas()[schedule.steps() - 1];
        for (int i = 0; i < times; i++) {
            try (TensorScope scope = TensorScope.open()) {
                NDArray noise = batch.freshNoise().apply(i);
                NDArray entry =
                        Autograd.in(
                                Mode.NO_GRADIENT,
                                () -> FlowMatchSchedule.addNoise(latents, noise, sigma));
                tails.run(tail, entry, sum);
                assert scope == TensorScope.current();
            }
        }
    }

    private List<Move> moves(Unrolling drawn) {
        int steps = schedule.steps();
        if (drawn instanceof Unrolling.Jump jump) {
            return List.of(new Move(jump.first(), -schedule.sigmas()[jump.first()]));
        }
        int k = drawn instanceof Unrolling.LastK last ? last.k() : 1;
        List<Move> moves = new ArrayList<>();
        for (int step = steps - k; step < steps; step++) {
            moves.add(new Move(step, schedule.delta(step)));
        }
        return moves;
    }

    /** Takes the first steps without a graph. */
    private NDArray sample(VelocityField field, NDArray noise, int steps) {
        return Autograd.in(
                Mode.NO_GRADIENT,
                () -> {
                    NDArray latents = Autograd.detach(noise);
                    for (int step = 0; step < steps; step++) {
                        try (TensorScope scope = TensorScope.open()) {
                            NDArray velocity = field.velocity(step, latents);
                            NDArray next = scope.keep(schedule.step(step, latents, velocity));
                            latents.close();
                            latents = next;
                        }
                    }
                    return latents;
                });
    }
}

package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.model.DenoiserPass;
import io.github.icthp.diffusion.model.PreparedDenoiser;
import io.github.icthp.diffusion.schedule.DenoisingSchedule;
import io.github.icthp.diffusion.schedule.DenoisingSchedule.Visit;
import io.github.icthp.diffusion.schedule.ScheduleStep;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.NativeMemory;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.Trainable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * Samples from noise and computes the gradient of the loss through the last denoising steps, as an
 * {@link Unrolling} says which (Clark et al. 2023, DRaFT, algorithm 1). The loss is minus the
 * weighted sum of the rewards.
 *
 * <p>Either the unrolled steps are one graph, or only the latents between them are kept, and the
 * vector-Jacobian product is carried back through reward and decoder, then through one step after
 * the other, each computed again.
 */
final class UnrolledGradient {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(UnrolledGradient.class, "draft.torchscript");

    private final Denoiser transformer;
    private final DenoisingSchedule schedule;
    private final LatentReward reward;
    private final List<Trainable> trainables;
    private final RolloutCheckpointing checkpointing;
    private final VelocityPenalty penalty;
    private final boolean toEntry;

    /**
     * Prepares rollouts.
     *
     * @param transformer predicts velocities or noise
     * @param schedule the denoising steps
     * @param reward what is maximized
     * @param trainables the adapters' matrices
     * @param checkpointing what is kept for the way back
     * @param penalty on leaving the base model
     */
    UnrolledGradient(
            Denoiser transformer,
            DenoisingSchedule schedule,
            LatentReward reward,
            List<Trainable> trainables,
            RolloutCheckpointing checkpointing,
            VelocityPenalty penalty) {
        this(transformer, schedule, reward, trainables, checkpointing, penalty, false);
    }

    private UnrolledGradient(
            Denoiser transformer,
            DenoisingSchedule schedule,
            LatentReward reward,
            List<Trainable> trainables,
            RolloutCheckpointing checkpointing,
            VelocityPenalty penalty,
            boolean toEntry) {
        this.transformer = transformer;
        this.schedule = schedule;
        this.reward = reward;
        this.trainables = trainables;
        this.checkpointing = checkpointing;
        this.penalty = penalty;
        this.toEntry = toEntry;
    }

    /** The same with the gradient of the latents that enter the first unrolled step, for tests. */
    UnrolledGradient toEntry() {
        return new UnrolledGradient(
                transformer, schedule, reward, trainables, checkpointing, penalty, true);
    }

    /**
     * A batch to sample.
     *
     * @param conditioning the encoded prompts
     * @param noise (B, C, h, w), in the transformer's type
     * @param prompts the B prompts
     * @param guidance the scale of classifier-free guidance, for which the conditioning has
     *     negative prompts first; 0 for none
     * @param freshNoise noise of that shape and type by number, for {@link Unrolling.LowVariance}
     */
    record Batch(
            Conditioning conditioning,
            NDArray noise,
            List<String> prompts,
            double guidance,
            IntFunction<NDArray> freshNoise) {}

    /**
     * What came of a rollout.
     *
     * @param rewards (B), owned by the innermost scope
     * @param latents the final latents, owned by the innermost scope
     * @param drift mean square of the difference to the base model's predictions; 0 if it is not
     *     penalized
     * @param latentGradients gradients of the loss with respect to the latents after the last step,
     *     before it, and so on up to those after the first unrolled step; empty for one graph
     */
    record Result(NDArray rewards, NDArray latents, double drift, List<NDArray> latentGradients) {}

    /**
     * The unrolled end of a rollout: predictions, steps in order, prompts, each reward's weight.
     */
    private record Unrolled(
            PreparedDenoiser field, List<ScheduleStep> steps, List<String> prompts, double weight) {

        /** What the penalty's mean square at one step counts in the loss, beside its rewards. */
        double share(VelocityPenalty penalty) {
            return penalty.weight() * weight * prompts.size() / steps.size();
        }
    }

    /**
     * Samples a batch and adds the gradients of the loss.
     *
     * @param batch what to sample
     * @param drawn which steps are unrolled, with nothing left to chance
     * @param weight what each reward counts
     * @param sum takes the adapters' gradients
     * @return rewards and final latents of the sampled batch
     */
    Result run(Batch batch, Unrolling drawn, double weight, Gradients sum) {
        try (TensorScope scope = TensorScope.open();
                PreparedDenoiser field =
                        Autograd.in(
                                Mode.NO_GRADIENT,
                                () ->
                                        transformer
                                                .prepare(batch.conditioning(), schedule.timesteps())
                                                .guided(batch.guidance()))) {
            List<ScheduleStep> steps = steps(drawn);
            NDArray entry = sample(schedule, field, batch.noise(), steps.get(0).step());
            Unrolled unrolled = new Unrolled(field, steps, batch.prompts(), weight);
            Result result = differentiate(unrolled, entry, sum);
            if (drawn instanceof Unrolling.LowVariance variance) {
                again(unrolled, result.latents(), batch, variance.renoised(), sum);
            }
            scope.keep(result.rewards());
            scope.keep(result.latents());
            result.latentGradients().forEach(scope::keep);
            return result;
        }
    }

    private List<ScheduleStep> steps(Unrolling drawn) {
        int steps = schedule.steps();
        if (drawn instanceof Unrolling.Jump jump) {
            return List.of(schedule.jump(jump.first()));
        }
        int k = drawn instanceof Unrolling.LastK last ? last.k() : 1;
        List<ScheduleStep> unrolled = new ArrayList<>();
        for (int step = steps - k; step < steps; step++) {
            unrolled.add(schedule.linearStep(step));
        }
        return unrolled;
    }

    /** Takes the first steps without a graph. */
    static NDArray sample(
            DenoisingSchedule schedule, PreparedDenoiser field, NDArray noise, int steps) {
        return Autograd.in(
                Mode.NO_GRADIENT,
                () -> {
                    NDArray latents = first(schedule, noise);
                    for (int step = 0; step < steps; step++) {
                        try (TensorScope scope = TensorScope.open()) {
                            NDArray input = schedule.networkInput(step, latents);
                            Visit visit = new Visit(latents, field.predict(step, input));
                            NDArray next =
                                    scope.keep(schedule.step(step, List.of(visit), () -> noise));
                            latents.close();
                            latents = next;
                        }
                    }
                    return latents;
                });
    }

    private static NDArray first(DenoisingSchedule schedule, NDArray noise) {
        double scale = schedule.initialScale();
        return scale == 1 ? Autograd.detach(noise) : PROGRAM.call("scaled", noise, scale);
    }

    /** Noises a result again and differentiates the last step from there, some times. */
    private void again(Unrolled last, NDArray latents, Batch batch, int times, Gradients sum) {
        int end = schedule.steps() - 1;
        for (int i = 0; i < times; i++) {
            int number = i;
            TensorScope.run(
                    transformer.device(),
                    () -> {
                        NDArray noise = batch.freshNoise().apply(number);
                        NDArray entry =
                                Autograd.in(
                                        Mode.NO_GRADIENT,
                                        () -> schedule.addNoise(end, latents, noise));
                        differentiate(last, entry, sum);
                    });
        }
    }

    private Result differentiate(Unrolled unrolled, NDArray entry, Gradients sum) {
        return checkpointing == RolloutCheckpointing.NONE
                ? Autograd.in(Mode.GRADIENT, () -> asOneGraph(unrolled, entry, sum))
                : Autograd.in(Mode.NO_GRADIENT, () -> stepByStep(unrolled, entry, sum));
    }

    /** One graph through all unrolled steps, the decoder and the reward. */
    private Result asOneGraph(Unrolled unrolled, NDArray entry, Gradients sum) {
        try (TensorScope scope = TensorScope.open()) {
            List<NDArray> outputs = new ArrayList<>();
            List<NDArray> upstream = new ArrayList<>();
            NDArray latents = entry;
            double drift = 0;
            for (ScheduleStep step : unrolled.steps()) {
                NDArray input = step.networkInput(latents);
                NDArray prediction = unrolled.field().predict(step.step(), input);
                if (penalty.isOn()) {
                    NDArray base = penalty.baseVelocity(unrolled.field(), step.step(), input);
                    NDArray square = VelocityPenalty.meanSquare(prediction, base);
                    outputs.add(square);
                    upstream.add(filled(square, unrolled.share(penalty)));
                    drift += Tensors.toDouble(square) / unrolled.steps().size();
                }
                latents = step.of(latents, prediction);
            }
            NDArray rewards = reward.rewards(latents, unrolled.prompts());
            outputs.add(rewards);
            upstream.add(filled(rewards, -unrolled.weight()));
            sum.addAll(
                    trainables.stream().map(Trainable::name).toList(),
                    Autograd.gradients(
                            outputs, upstream, trainables.stream().map(Trainable::model).toList()));
            return new Result(
                    scope.keep(Autograd.detach(rewards)),
                    scope.keep(Autograd.detach(latents)),
                    drift,
                    List.of());
        }
    }

    private static NDArray filled(NDArray like, double value) {
        return PROGRAM.call("filled_like", Autograd.detach(like), value);
    }

    /** Through the reward, and then through one step after the other, the last one first. */
    private Result stepByStep(Unrolled unrolled, NDArray entry, Gradients sum) {
        List<NDArray> latents = latents(unrolled, entry);
        int k = unrolled.steps().size();
        LatentReward.Gradient top =
                reward.gradient(latents.get(k), unrolled.prompts(), -unrolled.weight());
        List<NDArray> gradients = new ArrayList<>(List.of(top.latents()));
        double drift = 0;
        for (int i = k - 1; i >= 0; i--) {
            StepBack back =
                    back(unrolled, i, latents.get(i), gradients.get(gradients.size() - 1), sum);
            drift += back.drift() / k;
            back.latentGradient().ifPresent(gradients::add);
            if (i + 1 < k) {
                latents.get(i + 1).close();
            }
        }
        return new Result(top.rewards(), latents.get(k), drift, gradients);
    }

    /** The latents before, between and after the unrolled steps. */
    private static List<NDArray> latents(Unrolled unrolled, NDArray entry) {
        List<NDArray> latents = new ArrayList<>(List.of(entry));
        for (ScheduleStep step : unrolled.steps()) {
            try (TensorScope scope = TensorScope.open()) {
                NDArray before = latents.get(latents.size() - 1);
                NDArray prediction =
                        unrolled.field().predict(step.step(), step.networkInput(before));
                latents.add(scope.keep(step.of(before, prediction)));
            }
        }
        return latents;
    }

    /** Gradient of the latents that enter a step, if an earlier step is unrolled; its drift. */
    private record StepBack(Optional<NDArray> latentGradient, double drift) {}

    /**
     * Computes a step again and goes back through it.
     *
     * @param index which of the unrolled steps
     * @param latents what it began with
     * @param after the gradient of the latents after it
     */
    private StepBack back(
            Unrolled unrolled, int index, NDArray latents, NDArray after, Gradients sum) {
        ScheduleStep step = unrolled.steps().get(index);
        NDArray input = step.networkInput(latents);
        boolean differentiated = index > 0 || toEntry;
        try (TensorScope scope = TensorScope.open();
                DenoiserPass pass = pass(unrolled.field(), step.step(), input, differentiated)) {
            NDArray upstream = step.outputGradient(after);
            double drift = 0;
            if (penalty.isOn()) {
                NDArray base = penalty.baseVelocity(unrolled.field(), step.step(), input);
                drift = Tensors.toDouble(VelocityPenalty.meanSquare(pass.prediction(), base));
                upstream =
                        VelocityPenalty.addGradient(
                                upstream, pass.prediction(), base, unrolled.share(penalty));
            }
            Optional<NDArray> through = pass.backward(upstream, sum::add);
            Optional<NDArray> before =
                    differentiated
                            ? Optional.of(scope.keep(step.latentsGradient(after, through)))
                            : Optional.empty();
            return new StepBack(before, drift);
        } finally {
            if (checkpointing == RolloutCheckpointing.STEP) {
                NativeMemory.trimGrown();
            }
        }
    }

    /**
     * Freed memory goes back to the system now and then: kept from step to step, it would lie in
     * ever more pieces, and grow with their number.
     */
    private DenoiserPass pass(
            PreparedDenoiser field, int step, NDArray latents, boolean differentiated) {
        if (checkpointing == RolloutCheckpointing.STEP) {
            return field.wholePass(step, latents, differentiated);
        }
        NativeMemory.trim();
        return field.pass(step, latents, differentiated);
    }
}

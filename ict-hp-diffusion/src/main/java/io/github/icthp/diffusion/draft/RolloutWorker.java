package io.github.icthp.diffusion.draft;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Floats;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.diffusion.draft.PromptOrder.Picture;
import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.Seeds;
import io.github.icthp.training.Trainable;

import java.nio.file.Path;
import java.util.List;
import java.util.function.LongConsumer;

/** Samples rollouts and differentiates them, on one device. Used by one thread at a time. */
public final class RolloutWorker implements AutoCloseable {

    private final DraftModel model;
    private final RolloutJob job;
    private final LoraAdapters lora;
    private final PromptOrder order;
    private final UnrolledGradient unrolled;
    private final TermMeans terms;
    private final LongConsumer encoding;
    private final Runnable closing;

    private RolloutWorker(
            DraftModel model,
            DifferentiableReward reward,
            RolloutJob job,
            LoraAdapters lora,
            LongConsumer encoding,
            Runnable closing) {
        this.model = model;
        this.job = job;
        this.lora = lora;
        this.encoding = encoding;
        this.closing = closing;
        this.order = job.order();
        this.terms = new TermMeans(reward, "the reward");
        DraftKConfig.Sampling s = job.sampling();
        PixelReward pixels =
                new PixelReward(
                        model.codec(),
                        terms.reward(),
                        s.clamp(),
                        job.checkpointing() == RolloutCheckpointing.BLOCK);
        this.unrolled =
                new UnrolledGradient(
                        model.transformer(),
                        model.schedule(s.steps(), s.width(), s.height()),
                        pixels,
                        lora.trainables(),
                        job.checkpointing(),
                        new VelocityPenalty(job.drift()));
    }

    /** A worker with the model of the run itself, which encodes and closes nothing. */
    static RolloutWorker of(DraftKBuilder settings, RolloutJob job, LoraAdapters lora) {
        return new RolloutWorker(
                settings.model(), settings.reward(), job, lora, step -> {}, () -> {});
    }

    /**
     * Puts the adapters of a run on a replica, and encodes the run's prompts, or those of the steps
     * that come if they are many.
     *
     * @param replica model and reward; closed with the worker, or if this fails
     * @param job what the rollouts have in common
     * @param adapter a file of the adapters that are trained, as {@link LoraAdapters#save(Path)}
     *     writes it; their values are set by {@link #trainables}
     * @param step the optimizer step that comes first, from 0
     * @return the worker
     * @throws IllegalStateException if the model computes in another type than that of the run
     * @throws io.github.icthp.weights.WeightsFormatException if the adapters do not fit the model
     */
    public static RolloutWorker open(
            DraftReplica replica, RolloutJob job, Path adapter, long step) {
        PromptWindows windows = new PromptWindows(job);
        LongConsumer encoding =
                next -> {
                    if (windows.enter(next)) {
                        replica.model().begin(windows.prompts(next));
                    }
                };
        try {
            encoding.accept(step);
            return ready(replica, job, adapter, encoding);
        } catch (RuntimeException | Error e) {
            close(replica);
            throw e;
        }
    }

    /**
     * The same for a replica whose prompts are encoded already.
     *
     * @param encoding encodes the prompts of a step that comes, unless they are
     */
    static RolloutWorker ready(
            DraftReplica replica, RolloutJob job, Path adapter, LongConsumer encoding) {
        DraftModel model = replica.model();
        Preconditions.checkState(
                model.type() == job.type(),
                "DraftK: expected a replica that computes in %s as the run's model does, got %s on"
                        + " %s; open it with the same precision",
                job.type(),
                model.type(),
                model.device());
        job.checkpointing().limitFreedMemory();
        LoraAdapters lora =
                LoraAdapters.load(adapter, model.transformer(), job.dropout(), warning -> {});
        try {
            return new RolloutWorker(
                    model,
                    replica.reward(),
                    job,
                    lora,
                    encoding,
                    () -> {
                        lora.close();
                        close(replica);
                    });
        } catch (RuntimeException | Error e) {
            lora.close();
            throw e;
        }
    }

    /** Frees a replica that was begun. */
    static void close(DraftReplica replica) {
        try (replica) {
            replica.model().end();
        }
    }

    /**
     * Returns where rollouts are computed.
     *
     * @return the device
     */
    public Device device() {
        return model.device();
    }

    /**
     * Returns the adapters' matrices, which a caller overwrites when a step has moved them.
     *
     * @return the same names and shapes in the same order for every worker of a run
     */
    public List<Trainable> trainables() {
        return lora.trainables();
    }

    /**
     * Samples the pictures of a rollout and differentiates their rewards.
     *
     * @param step the optimizer step, from 0
     * @param rollout the rollout's number in the step, from 0
     * @param lossScale what the loss is multiplied by
     * @param sum takes the gradients
     * @return the pictures' rewards
     */
    public Rollout rollout(long step, int rollout, double lossScale, Gradients sum) {
        encoding.accept(step);
        List<Picture> pictures = job.pictures(order, step, rollout);
        long seed = Seeds.derive(job.seed(), step, "rollout " + rollout);
        DraftKConfig.Sampling s = job.sampling();
        terms.take();
        terms.expect();
        lora.dropOut(Seeds.derive(seed, 0, "dropout"));
        try {
            return TensorScope.call(
                    device(),
                    () -> {
                        UnrolledGradient.Result result =
                                unrolled.run(
                                        batch(pictures, seed),
                                        s.unrolling().draw(s.steps(), seed),
                                        lossScale / job.picturesPerStep(),
                                        sum);
                        return new Rollout(
                                ImmutableList.copyOf(
                                        Floats.asList(Tensors.toFloats(result.rewards()))),
                                ImmutableMap.copyOf(terms.takeSums()),
                                result.drift());
                    });
        } finally {
            lora.stopDropout();
        }
    }

    private UnrolledGradient.Batch batch(List<Picture> pictures, long seed) {
        DraftKConfig.Sampling s = job.sampling();
        List<String> prompts = pictures.stream().map(Picture::prompt).toList();
        long[] seeds = pictures.stream().mapToLong(Picture::seed).toArray();
        return Autograd.in(
                Mode.NO_GRADIENT,
                () -> {
                    Conditioning conditioning = model.encode(prompts, s);
                    NDArray noise = model.noise(seeds, s.width(), s.height());
                    return new UnrolledGradient.Batch(
                            conditioning,
                            noise,
                            prompts,
                            model.guidesClassifierFree() ? s.guidance() : 0,
                            i -> model.noise(fresh(seeds, seed, i), s.width(), s.height()));
                });
    }

    /** Seeds of the noise that a result is noised with again. */
    private static long[] fresh(long[] seeds, long seed, int time) {
        long[] fresh = new long[seeds.length];
        for (int i = 0; i < fresh.length; i++) {
            fresh[i] = Seeds.derive(seed ^ seeds[i], time, "fresh noise");
        }
        return fresh;
    }

    /** Takes the adapters off the model and closes the replica. */
    @Override
    public void close() {
        closing.run();
    }
}

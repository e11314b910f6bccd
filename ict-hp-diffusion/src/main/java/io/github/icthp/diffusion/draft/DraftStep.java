package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;

import com.google.common.primitives.Floats;

import io.github.icthp.diffusion.draft.PromptOrder.Picture;
import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.schedule.DenoisingSchedule;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.DivergenceException;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.Seeds;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The first half of an optimizer step: samples its pictures and sums their gradients. */
final class DraftStep {

    private final DraftModel model;
    private final DraftKConfig config;
    private final LoraAdapters lora;
    private final PromptOrder order;
    private final UnrolledGradient unrolled;
    private final TermMeans terms;

    DraftStep(DraftKBuilder settings, LoraAdapters lora) {
        this.model = settings.model();
        this.config = settings.config();
        this.lora = lora;
        this.order = new PromptOrder(settings.prompts(), config.seed());
        DraftKConfig.Sampling s = config.sampling();
        DenoisingSchedule schedule = model.schedule(s.steps(), s.width(), s.height());
        this.terms = new TermMeans(settings.reward(), "the reward");
        PixelReward pixels =
                new PixelReward(
                        model.codec(),
                        terms.reward(),
                        s.clamp(),
                        config.checkpointing() == RolloutCheckpointing.BLOCK);
        this.unrolled =
                new UnrolledGradient(
                        model.transformer(),
                        schedule,
                        pixels,
                        lora.trainables(),
                        config.checkpointing(),
                        new VelocityPenalty(config.drift()));
    }

    /**
     * What a step's pictures were rewarded.
     *
     * @param rewards one for each picture
     * @param terms mean of each term of a weighted sum, by name
     * @param drift mean square of the difference to the base model's velocities
     */
    record Outcome(List<Float> rewards, Map<String, Double> terms, double drift) {

        double mean() {
            return rewards.stream().mapToDouble(Float::doubleValue).average().orElseThrow();
        }

        double deviation() {
            double mean = mean();
            return Math.sqrt(
                    rewards.stream()
                            .mapToDouble(reward -> Math.pow(reward - mean, 2))
                            .average()
                            .orElseThrow());
        }
    }

    /**
     * Computes a step's gradients.
     *
     * @param step the optimizer step, from 0
     * @param lossScale what the loss is multiplied by
     * @param sum takes the gradients
     * @return the pictures' rewards
     * @throws DivergenceException if a reward is not finite
     */
    Outcome gradients(long step, double lossScale, Gradients sum) {
        int accumulation = config.optimizer().accumulation();
        List<Float> rewards = new ArrayList<>();
        terms.take();
        double drift = 0;
        for (int micro = 0; micro < accumulation; micro++) {
            MicroBatch part = microBatch(step, micro, lossScale, sum);
            rewards.addAll(part.rewards());
            drift += part.drift() / accumulation;
        }
        return new Outcome(rewards, terms.take(), drift);
    }

    /** The pictures of a step, for messages. */
    List<Picture> pictures(long step) {
        int pictures = config.optimizer().itemsPerStep();
        return order.pictures(step * pictures, pictures);
    }

    private List<Picture> pictures(long step, int micro) {
        int batch = config.optimizer().batchSize();
        return order.pictures(
                step * config.optimizer().itemsPerStep() + (long) micro * batch, batch);
    }

    private record MicroBatch(List<Float> rewards, double drift) {}

    private MicroBatch microBatch(long step, int micro, double lossScale, Gradients sum) {
        List<Picture> pictures = pictures(step, micro);
        long seed = Seeds.derive(config.seed(), step, "rollout " + micro);
        DraftKConfig.Sampling s = config.sampling();
        terms.expect();
        lora.dropOut(Seeds.derive(seed, 0, "dropout"));
        try {
            return TensorScope.call(
                    model.transformer().device(),
                    () -> {
                        UnrolledGradient.Result result =
                                unrolled.run(
                                        batch(pictures, seed),
                                        s.unrolling().draw(s.steps(), seed),
                                        lossScale / config.optimizer().itemsPerStep(),
                                        sum);
                        float[] rewards = Tensors.toFloats(result.rewards());
                        requireFinite(rewards, step, pictures);
                        return new MicroBatch(Floats.asList(rewards), result.drift());
                    });
        } finally {
            lora.stopDropout();
        }
    }

    private static void requireFinite(float[] rewards, long step, List<Picture> pictures) {
        for (int i = 0; i < rewards.length; i++) {
            if (!Float.isFinite(rewards[i])) {
                throw new DivergenceException(
                        "reward", rewards[i], step, pictures.get(i).toString());
            }
        }
    }

    private UnrolledGradient.Batch batch(List<Picture> pictures, long seed) {
        DraftKConfig.Sampling s = config.sampling();
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
}

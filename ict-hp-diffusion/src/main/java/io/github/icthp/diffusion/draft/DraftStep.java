package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.diffusion.draft.PromptOrder.Picture;
import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.schedule.FlowMatchSchedule;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.DivergenceException;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.Seeds;
import io.github.icthp.training.Trainable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The first half of an optimiser step: samples its pictures and sums their gradients. */
final class DraftStep {

    private final DraftModel model;
    private final DraftKConfig config;
    private final LoraAdapters lora;
    private final PromptOrder order;
    private final Rollouts rollouts;
    private final TermMeans terms;

    DraftStep(DraftKBuilder settings, LoraAdapters lora) {
        this.model = settings.model();
        this.config = settings.config();
        this.lora = lora;
        this.order = new PromptOrder(settings.prompts(), config.seed());
        DraftKConfig.Sampling s = config.sampling();
        FlowMatchSchedule schedule = model.schedule(s.steps(), s.width(), s.height());
        this.terms = new TermMeans(settings.reward(), "the reward");
        this.rollouts =
                new Rollouts(
                        model.transformer(), schedule, tails(terms.reward(), lora.trainables()));
    }

    private TailGradient tails(DifferentiableReward reward, List<Trainable> trainables) {
        boolean blocks = config.checkpointing() == Checkpointing.BLOCK;
        LatentObjective objective =
                new PixelObjective(model.codec(), reward, config.sampling().clamp(), blocks);
        VelocityPenalty drift = new VelocityPenalty(config.drift());
        return switch (config.checkpointing()) {
            case NONE -> new GraphGradient(objective, trainables, drift);
            case STEP ->
                    new StepwiseGradient(
                            objective, new StepGradient.Whole(trainables), drift, false);
            case BLOCK ->
                    new StepwiseGradient(objective, new StepGradient.Blockwise(), drift, false);
        };
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
     * @param step the optimiser step, from 0
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
            List<Picture> pictures = pictures(step, micro);
            drift += rollout(step, micro, pictures, lossScale, sum, rewards) / accumulation;
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

    private double rollout(
            long step,
            int micro,
            List<Picture> pictures,
            double lossScale,
            Gradients sum,
            List<Float> rewards) {
        long seed = Seeds.derive(config.seed(), step, "rollout " + micro);
        DraftKConfig.Sampling s = config.sampling();
        terms.expect();
        lora.dropOut(Seeds.derive(seed, 0, "dropout"));
        try (TensorScope scope = TensorScope.open(model.transformer().device())) {
            TailGradient.Result result =
                    rollouts.run(
                            batch(pictures, seed),
                            s.unrolling().draw(s.steps(), seed),
                            lossScale / config.optimizer().itemsPerStep(),
                            sum);
            float[] values = Tensors.toFloats(result.rewards());
            for (int i = 0; i < values.length; i++) {
                if (!Float.isFinite(values[i])) {
                    throw new DivergenceException(
                            "reward", values[i], step, pictures.get(i).toString());
                }
                rewards.add(values[i]);
            }
            assert scope == TensorScope.current();
            return result.drift();
        } finally {
            lora.stopDropout();
        }
    }

    private Rollouts.Batch batch(List<Picture> pictures, long seed) {
        DraftKConfig.Sampling s = config.sampling();
        List<String> prompts = pictures.stream().map(Picture::prompt).toList();
        long[] seeds = pictures.stream().mapToLong(Picture::seed).toArray();
        return Autograd.in(
                Mode.NO_GRADIENT,
                () -> {
                    Conditioning conditioning = model.encode(prompts, s.guidance());
                    NDArray noise = model.noise(seeds, s.width(), s.height());
                    return new Rollouts.Batch(
                            conditioning,
                            noise,
                            prompts,
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

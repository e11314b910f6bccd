package io.github.icthp.examples.pretraining;

import com.google.common.base.Preconditions;

import io.github.icthp.diffusion.schedule.FlowMatchConfig;
import io.github.icthp.training.LrSchedule;
import io.github.icthp.training.OptimizerConfig;

import java.util.function.UnaryOperator;

/**
 * All settings of a flow-matching run.
 *
 * @param optimizer how weights are moved, and how many pictures make a step
 * @param noise what pictures are mixed with
 * @param heldOutPictures held-out pictures that every evaluation looks at
 * @param seed from which everything random is drawn
 */
public record FlowMatchingConfig(
        OptimizerConfig optimizer, Noise noise, int heldOutPictures, long seed) {

    /**
     * Checks the settings.
     *
     * @param optimizer how weights are moved, and how many pictures make a step
     * @param noise what pictures are mixed with
     * @param heldOutPictures held-out pictures that every evaluation looks at
     * @param seed from which everything random is drawn
     * @throws IllegalArgumentException if there are no held-out pictures, or batches are
     *     accumulated
     */
    public FlowMatchingConfig {
        Preconditions.checkArgument(
                heldOutPictures >= 1 && optimizer.accumulation() == 1,
                "FlowMatchingConfig: expected at least 1 held-out picture and no accumulation, got"
                        + " %s and %s",
                heldOutPictures,
                optimizer.accumulation());
    }

    /**
     * What pictures are mixed with.
     *
     * @param schedule the noise levels; sampling uses the same shift
     * @param density which of them are drawn
     * @param weighting what each counts
     * @param promptDropout share of pictures that are learnt without their prompt, so that
     *     classifier-free guidance is possible
     */
    public record Noise(
            FlowMatchConfig schedule,
            TimestepDensity density,
            LossWeighting weighting,
            double promptDropout) {

        /**
         * Checks the settings.
         *
         * @param schedule the noise levels
         * @param density which of them are drawn
         * @param weighting what each counts
         * @param promptDropout share of pictures that are learnt without their prompt
         * @throws IllegalArgumentException if the share is not in 0..1
         */
        public Noise {
            Preconditions.checkArgument(
                    promptDropout >= 0 && promptDropout <= 1,
                    "FlowMatchingConfig: the share of dropped prompts must be in 0..1, got %s",
                    promptDropout);
        }
    }

    /**
     * Returns what SD3 was trained with where that is published: logit-normal timesteps, a tenth of
     * the prompts dropped, batches aside (Esser et al. 2024, sections 3.1 and 5).
     *
     * @param steps optimizer steps in all
     * @return settings for pictures of 1024 x 1024; smaller ones want a smaller shift
     */
    public static FlowMatchingConfig sd3(long steps) {
        return new FlowMatchingConfig(
                OptimizerConfig.custom()
                        .steps(steps)
                        .batchSize(64)
                        .schedule(LrSchedule.constant(1e-4, 1000))
                        .averageWithWarmUp(0.9999)
                        .build(),
                new Noise(
                        FlowMatchConfig.sd3(),
                        new TimestepDensity.LogitNormal(0, 1),
                        LossWeighting.NONE,
                        0.1),
                64,
                0);
    }

    /**
     * Returns these settings with weights moved otherwise.
     *
     * @param change sets what differs, such as {@code o -> o.batchSize(32)}
     * @return the settings
     */
    public FlowMatchingConfig withOptimizer(UnaryOperator<OptimizerConfig.Builder> change) {
        return new FlowMatchingConfig(optimizer.with(change), noise, heldOutPictures, seed);
    }

    /**
     * Returns these settings with other noise.
     *
     * @param value what pictures are mixed with
     * @return the settings
     */
    public FlowMatchingConfig withNoise(Noise value) {
        return new FlowMatchingConfig(optimizer, value, heldOutPictures, seed);
    }

    /**
     * Returns these settings with another number of held-out pictures.
     *
     * @param value pictures that every evaluation looks at
     * @return the settings
     */
    public FlowMatchingConfig withHeldOutPictures(int value) {
        return new FlowMatchingConfig(optimizer, noise, value, seed);
    }

    /**
     * Returns these settings with another seed.
     *
     * @param value from which everything random is drawn
     * @return the settings
     */
    public FlowMatchingConfig withSeed(long value) {
        return new FlowMatchingConfig(optimizer, noise, heldOutPictures, value);
    }
}

package io.github.icthp.train;

import com.google.common.base.Preconditions;

import io.github.icthp.training.AdamWConfig;
import io.github.icthp.training.LrSchedule;

/**
 * How a reward model is moved: AdamW with a learning-rate schedule, clipping and accumulation.
 *
 * @param schedule the learning rate of every step
 * @param steps optimiser steps in all
 * @param adamW how gradients are averaged
 * @param weightDecay the decoupled decay of every trained tensor
 * @param maxGradientNorm the global norm that gradients are clipped to; infinite for no clipping
 * @param batchSize triplets in a batch, over all devices
 * @param accumulation batches in a step
 */
public record OptimizerConfig(
        LrSchedule schedule,
        long steps,
        AdamWConfig adamW,
        double weightDecay,
        double maxGradientNorm,
        int batchSize,
        int accumulation) {

    /**
     * Checks the settings.
     *
     * @param schedule the learning rate of every step
     * @param steps optimiser steps in all
     * @param adamW how gradients are averaged
     * @param weightDecay the decoupled decay of every trained tensor
     * @param maxGradientNorm the global norm that gradients are clipped to
     * @param batchSize triplets in a batch, over all devices
     * @param accumulation batches in a step
     * @throws IllegalArgumentException if a number is not positive, or the decay is negative
     */
    public OptimizerConfig {
        Preconditions.checkArgument(
                steps > 0 && batchSize > 0 && accumulation > 0,
                "OptimizerConfig: steps, batch size and accumulation must be positive, got %s, %s"
                        + " and %s",
                steps,
                batchSize,
                accumulation);
        Preconditions.checkArgument(
                weightDecay >= 0 && Double.isFinite(weightDecay),
                "OptimizerConfig: weight decay must be finite and at least 0, got %s",
                weightDecay);
        Preconditions.checkArgument(
                maxGradientNorm > 0,
                "OptimizerConfig: the norm to clip to must be more than 0, got %s",
                maxGradientNorm);
    }

    /**
     * Returns settings with a constant rate after a warm-up, weight decay 0.01, clipping at 1, and
     * batches of 16: what the paper leaves open.
     *
     * @param rate the learning rate after the warm-up
     * @param steps optimiser steps in all
     * @return the settings
     */
    static OptimizerConfig of(double rate, long steps) {
        return new OptimizerConfig(
                LrSchedule.constant(rate, Math.min(500, steps / 10)),
                steps,
                AdamWConfig.ofDefaults(),
                0.01,
                1,
                16,
                1);
    }

    /**
     * Returns these settings for another number of steps, at the same rates.
     *
     * @param other optimiser steps in all
     * @return the settings
     */
    public OptimizerConfig withSteps(long other) {
        return new OptimizerConfig(
                schedule, other, adamW, weightDecay, maxGradientNorm, batchSize, accumulation);
    }

    /**
     * Returns these settings for a number of whole passes over the data, at the same rates.
     *
     * @param passes times that every triplet is taken
     * @param triplets how many there are
     * @return the settings
     * @throws IllegalArgumentException if that is less than one step
     */
    public OptimizerConfig withEpochs(long passes, long triplets) {
        long most = passes * (triplets / batchSize) / accumulation;
        Preconditions.checkArgument(
                most > 0,
                "OptimizerConfig: %s passes over %s triplets are less than a step of %s batches of"
                        + " %s",
                passes,
                triplets,
                accumulation,
                batchSize);
        return withSteps(most);
    }

    /**
     * Returns these settings with another learning-rate schedule.
     *
     * @param other the learning rate of every step
     * @return the settings
     */
    public OptimizerConfig withSchedule(LrSchedule other) {
        return new OptimizerConfig(
                other, steps, adamW, weightDecay, maxGradientNorm, batchSize, accumulation);
    }

    /**
     * Returns these settings with other batches.
     *
     * @param size triplets in a batch, over all devices
     * @param perStep batches in a step
     * @return the settings
     */
    public OptimizerConfig withBatches(int size, int perStep) {
        return new OptimizerConfig(
                schedule, steps, adamW, weightDecay, maxGradientNorm, size, perStep);
    }
}

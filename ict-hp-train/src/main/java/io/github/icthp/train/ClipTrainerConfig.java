package io.github.icthp.train;

import io.github.icthp.training.LrSchedule;

/**
 * How a plain CLIP is trained.
 *
 * @param optimizer how the weights are moved; pairs are contrasted within a batch, so accumulation
 *     is not equal to a larger batch
 */
public record ClipTrainerConfig(OptimizerConfig optimizer) {

    /**
     * Returns settings for small models: 10,000 steps at 5e-4.
     *
     * @return the settings
     */
    public static ClipTrainerConfig ofDefaults() {
        return new ClipTrainerConfig(OptimizerConfig.of(5e-4, 10_000));
    }

    /**
     * Returns these settings for another number of steps.
     *
     * @param steps optimiser steps in all
     * @return the settings
     */
    public ClipTrainerConfig withSteps(long steps) {
        return new ClipTrainerConfig(optimizer.withSteps(steps));
    }

    /**
     * Returns these settings with another learning-rate schedule.
     *
     * @param schedule the learning rate of every step
     * @return the settings
     */
    public ClipTrainerConfig withSchedule(LrSchedule schedule) {
        return new ClipTrainerConfig(optimizer.withSchedule(schedule));
    }

    /**
     * Returns these settings with other batches.
     *
     * @param size pairs in a batch
     * @param perStep batches in a step
     * @return the settings
     */
    public ClipTrainerConfig withBatches(int size, int perStep) {
        return new ClipTrainerConfig(optimizer.withBatches(size, perStep));
    }
}

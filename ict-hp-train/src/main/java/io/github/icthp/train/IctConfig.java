package io.github.icthp.train;

import io.github.icthp.train.loss.IctLoss;
import io.github.icthp.training.LrSchedule;

/**
 * How ICT is trained.
 *
 * @param loss the loss with its coefficients
 * @param negativesAcrossAccumulation whether every text is contrasted with the images of all
 *     batches of a step, as one large batch would; this encodes every batch twice. Without it
 *     negatives come from a text's own batch, and accumulation is not equal to a larger batch
 * @param optimizer how the weights are moved
 */
public record IctConfig(
        IctLoss loss, boolean negativesAcrossAccumulation, OptimizerConfig optimizer) {

    /**
     * Returns the published settings (appendix A.2): all weights, lambda 0.1, alpha 20, beta 6, and
     * AdamW at 3e-5 for 40,000 steps. Batch size, warm-up, decay and clipping are not published;
     * ours are 16, 500 steps, 0.01 and 1.
     *
     * @return the settings
     */
    public static IctConfig paper() {
        return new IctConfig(IctLoss.paper(), false, OptimizerConfig.of(3e-5, 40_000));
    }

    /**
     * Returns the settings of the released code where they differ from the paper: lambda 0.5 and
     * 5,000 steps.
     *
     * @return the settings
     */
    public static IctConfig released() {
        return new IctConfig(
                new IctLoss(0.5, 20, 6, false), false, OptimizerConfig.of(3e-5, 5_000));
    }

    /**
     * Returns these settings with another loss.
     *
     * @param other the loss with its coefficients
     * @return the settings
     */
    public IctConfig withLoss(IctLoss other) {
        return new IctConfig(other, negativesAcrossAccumulation, optimizer);
    }

    /**
     * Returns these settings with negatives from all batches of a step.
     *
     * @return the settings
     */
    public IctConfig withNegativesAcrossAccumulation() {
        return new IctConfig(loss, true, optimizer);
    }

    /**
     * Returns these settings with weights moved otherwise.
     *
     * @param other how the weights are moved
     * @return the settings
     */
    public IctConfig withOptimizer(OptimizerConfig other) {
        return new IctConfig(loss, negativesAcrossAccumulation, other);
    }

    /**
     * Returns these settings for another number of steps.
     *
     * @param steps optimiser steps in all
     * @return the settings
     */
    public IctConfig withSteps(long steps) {
        return withOptimizer(optimizer.withSteps(steps));
    }

    /**
     * Returns these settings for a number of whole passes over the data.
     *
     * @param passes times that every triplet is taken
     * @param triplets how many there are
     * @return the settings
     * @throws IllegalArgumentException if that is less than one step
     */
    public IctConfig withEpochs(long passes, long triplets) {
        return withOptimizer(optimizer.withEpochs(passes, triplets));
    }

    /**
     * Returns these settings with another learning-rate schedule.
     *
     * @param schedule the learning rate of every step
     * @return the settings
     */
    public IctConfig withSchedule(LrSchedule schedule) {
        return withOptimizer(optimizer.withSchedule(schedule));
    }

    /**
     * Returns these settings with other batches.
     *
     * @param size triplets in a batch
     * @param perStep batches in a step
     * @return the settings
     */
    public IctConfig withBatches(int size, int perStep) {
        return withOptimizer(optimizer.withBatches(size, perStep));
    }
}

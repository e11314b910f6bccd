package io.github.icthp.train;

import io.github.icthp.training.LrSchedule;
import io.github.icthp.training.OptimizerConfig;

import java.util.function.UnaryOperator;

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
        return new ClipTrainerConfig(
                OptimizerConfig.custom()
                        .steps(10_000)
                        .schedule(LrSchedule.constant(5e-4, 500))
                        .build());
    }

    /**
     * Returns these settings with weights moved otherwise.
     *
     * @param other how the weights are moved
     * @return the settings
     */
    public ClipTrainerConfig withOptimizer(OptimizerConfig other) {
        return new ClipTrainerConfig(other);
    }

    /**
     * Returns these settings with weights moved otherwise.
     *
     * @param change sets what differs, such as {@code o -> o.steps(100).batchSize(8)}
     * @return the settings
     */
    public ClipTrainerConfig withOptimizer(UnaryOperator<OptimizerConfig.Builder> change) {
        return withOptimizer(optimizer.with(change));
    }
}

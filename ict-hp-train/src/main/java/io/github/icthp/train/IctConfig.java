package io.github.icthp.train;

import io.github.icthp.train.loss.IctLoss;
import io.github.icthp.training.LrSchedule;
import io.github.icthp.training.OptimizerConfig;

import java.util.function.UnaryOperator;

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
        return new IctConfig(
                IctLoss.paper(),
                false,
                OptimizerConfig.custom()
                        .steps(40_000)
                        .schedule(LrSchedule.constant(3e-5, 500))
                        .build());
    }

    /**
     * Returns the settings of the released code where they differ from the paper: lambda 0.5 and
     * 5,000 steps.
     *
     * @return the settings
     */
    public static IctConfig released() {
        return new IctConfig(
                new IctLoss(0.5, 20, 6, false),
                false,
                OptimizerConfig.custom()
                        .steps(5_000)
                        .schedule(LrSchedule.constant(3e-5, 500))
                        .build());
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
     * Returns these settings with weights moved otherwise.
     *
     * @param change sets what differs, such as {@code o -> o.steps(100).batchSize(8)}
     * @return the settings
     */
    public IctConfig withOptimizer(UnaryOperator<OptimizerConfig.Builder> change) {
        return withOptimizer(optimizer.with(change));
    }
}

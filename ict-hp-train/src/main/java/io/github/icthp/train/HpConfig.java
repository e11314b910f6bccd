package io.github.icthp.train;

import com.google.common.base.Preconditions;

import io.github.icthp.train.loss.HpLoss;
import io.github.icthp.train.loss.Reduction;
import io.github.icthp.training.LrSchedule;
import io.github.icthp.training.OptimizerConfig;

import java.util.function.UnaryOperator;

/**
 * How HP is trained.
 *
 * @param loss the loss with its margin, and the joint term if it has a weight
 * @param dropout dropout in the head, in training only
 * @param scope what is trained of the vision tower
 * @param hiddenWidth the width of the head's first layer
 * @param optimizer how the weights are moved
 */
public record HpConfig(
        HpLoss loss, HpDropout dropout, HpScope scope, int hiddenWidth, OptimizerConfig optimizer) {

    /**
     * Checks the settings.
     *
     * @param loss the loss with its margin, and the joint term if it has a weight
     * @param dropout dropout in the head, in training only
     * @param scope what is trained of the vision tower
     * @param hiddenWidth the width of the head's first layer
     * @param optimizer how the weights are moved
     * @throws IllegalArgumentException if the width is not positive
     */
    public HpConfig {
        Preconditions.checkArgument(
                hiddenWidth > 0,
                "HpConfig: the hidden width must be positive, got %s",
                hiddenWidth);
    }

    /**
     * Returns the published settings (appendix A.2): the latter half of the vision tower and the
     * head, margin 0.2, and AdamW at 3e-6 for 50,000 steps. Batch size, warm-up, decay and clipping
     * are not published; ours are 16, 500 steps, 0.01 and 1.
     *
     * @return the settings
     */
    public static HpConfig paper() {
        return new HpConfig(
                HpLoss.paper(),
                HpDropout.released(),
                HpScope.LATTER_HALF,
                1024,
                OptimizerConfig.custom()
                        .steps(50_000)
                        .schedule(LrSchedule.constant(3e-6, 500))
                        .build());
    }

    /**
     * Returns the settings of the released code where they differ from the paper: margin 0.3, and
     * the joint ranking term, summed over the batch.
     *
     * @return the settings
     */
    public static HpConfig released() {
        return paper().withLoss(new HpLoss(0.3, Reduction.MEAN, 1, Reduction.SUM));
    }

    /**
     * Returns these settings with another loss.
     *
     * @param other the loss
     * @return the settings
     */
    public HpConfig withLoss(HpLoss other) {
        return new HpConfig(other, dropout, scope, hiddenWidth, optimizer);
    }

    /**
     * Returns these settings with other dropout in the head.
     *
     * @param other the shares dropped
     * @return the settings
     */
    public HpConfig withDropout(HpDropout other) {
        return new HpConfig(loss, other, scope, hiddenWidth, optimizer);
    }

    /**
     * Returns these settings with another part of the vision tower trained.
     *
     * @param other what is trained
     * @return the settings
     */
    public HpConfig withScope(HpScope other) {
        return new HpConfig(loss, dropout, other, hiddenWidth, optimizer);
    }

    /**
     * Returns these settings with a head of another size.
     *
     * @param width the width of the head's first layer
     * @return the settings
     */
    public HpConfig withHiddenWidth(int width) {
        return new HpConfig(loss, dropout, scope, width, optimizer);
    }

    /**
     * Returns these settings with weights moved otherwise.
     *
     * @param other how the weights are moved
     * @return the settings
     */
    public HpConfig withOptimizer(OptimizerConfig other) {
        return new HpConfig(loss, dropout, scope, hiddenWidth, other);
    }

    /**
     * Returns these settings with weights moved otherwise.
     *
     * @param change sets what differs, such as {@code o -> o.steps(100).batchSize(8)}
     * @return the settings
     */
    public HpConfig withOptimizer(UnaryOperator<OptimizerConfig.Builder> change) {
        return withOptimizer(optimizer.with(change));
    }
}

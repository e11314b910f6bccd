package io.github.icthp.train.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableMap;

/**
 * HP's loss (eq. 19): max(0, m - (s2 - s1)) + max(0, m - (s3 - s2)) on raw scores, and optionally
 * the joint ranking term of the released code: the same on ICT(I_i, P_e) · softmax(s)_i.
 *
 * <p>B is the number of triplets. The gradient at a pair exactly a margin apart is 0.
 *
 * @param margin m, at least 0
 * @param reduction how the HP term is reduced; the mean in paper and released code
 * @param jointWeight the joint term's weight, 0 for none
 * @param jointReduction how the joint term is reduced; the sum in the released code
 */
public record HpLoss(
        double margin, Reduction reduction, double jointWeight, Reduction jointReduction) {

    /**
     * Checks the settings.
     *
     * @param margin m, at least 0
     * @param reduction how the HP term is reduced
     * @param jointWeight the joint term's weight, 0 for none
     * @param jointReduction how the joint term is reduced
     * @throws IllegalArgumentException if a number is negative or not finite
     */
    public HpLoss {
        Preconditions.checkArgument(
                margin >= 0 && Double.isFinite(margin),
                "HpLoss: the margin must be finite and at least 0, got %s",
                margin);
        Preconditions.checkArgument(
                jointWeight >= 0 && Double.isFinite(jointWeight),
                "HpLoss: the joint term's weight must be finite and at least 0, got %s",
                jointWeight);
    }

    /**
     * Returns the published settings: margin 0.2 and no joint term.
     *
     * @return the loss
     */
    public static HpLoss paper() {
        return new HpLoss(0.2, Reduction.MEAN, 0, Reduction.SUM);
    }

    /**
     * Returns the same loss with the joint ranking term of the released code, summed.
     *
     * @param weight its weight, 1 in the released code
     * @return the loss
     */
    public HpLoss withJoint(double weight) {
        return new HpLoss(margin, reduction, weight, Reduction.SUM);
    }

    /**
     * Says whether ICT is needed.
     *
     * @return true if the joint term has a weight
     */
    public boolean isJoint() {
        return jointWeight > 0;
    }

    /**
     * Computes the HP term, recording a graph back to the scores.
     *
     * @param scores (B, 3), raw scores of I1, I2, I3
     * @return the loss with its parts {@code total, hp, active_pairs}; active pairs are those short
     *     of the margin
     * @throws IllegalArgumentException if there is a joint term, which needs cosines
     */
    public LossValue of(NDArray scores) {
        Preconditions.checkArgument(
                !isJoint(), "HpLoss: the joint term of weight %s needs ICT's cosines", jointWeight);
        NDList hp = hp(scores);
        return new LossValue(
                hp.get(0),
                ImmutableMap.of(
                        "total", LossValue.number(hp.get(0)),
                        "hp", LossValue.number(hp.get(0)),
                        "active_pairs", LossValue.number(hp.get(1))));
    }

    /**
     * Computes both terms, recording a graph back to the scores.
     *
     * @param scores (B, 3), raw scores of I1, I2, I3
     * @param cosines (B, 3), ICT of each image with the easy prompt
     * @return the loss with its parts {@code total, hp, icthp, active_pairs}
     */
    public LossValue of(NDArray scores, NDArray cosines) {
        NDList hp = hp(scores);
        NDArray joint = joint(scores, cosines);
        NDArray total = hp.get(0).add(joint.mul(jointWeight));
        return new LossValue(
                total,
                ImmutableMap.of(
                        "total", LossValue.number(total),
                        "hp", LossValue.number(hp.get(0)),
                        "icthp", LossValue.number(joint),
                        "active_pairs", LossValue.number(hp.get(1))));
    }

    /** The joint term alone, without its weight. */
    NDArray joint(NDArray scores, NDArray cosines) {
        boolean mean = jointReduction == Reduction.MEAN;
        return IctLoss.PROGRAM.call("joint", scores, cosines, margin, mean);
    }

    private NDList hp(NDArray scores) {
        return IctLoss.PROGRAM.callList("hp", scores, margin, reduction == Reduction.MEAN);
    }

    /**
     * Arranges raw scores by triplet.
     *
     * @param scores (3B): of all rejected images, then all preferred, then all refined
     * @return (B, 3)
     */
    public static NDArray byTriplet(NDArray scores) {
        return IctLoss.PROGRAM.call("by_triplet", scores);
    }
}

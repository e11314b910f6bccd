package io.github.icthp.train.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableMap;

import io.github.icthp.torch.TorchProgram;

/**
 * ICT's loss (paper section 3): the mean square error between cosines and targets for both prompts
 * of every triplet, plus {@code lambda} times the mean square of the cosines of texts with other
 * triplets' images, each weighted by w(y) = 1/(1 + exp(alpha (|y| - beta))).
 *
 * <p>With the published beta of 6 every weight is 1 to within 1e-43, for a cosine is at most 1; a
 * beta below 1, say 0.6, makes large cosines count less. A single triplet has no negatives, and
 * their term is 0. The loss is computed in float32 (float64 features stay so); the released code
 * rounds cosines and targets to bfloat16 first.
 *
 * @param lambda weight of the negatives, at least 0
 * @param alpha steepness of the negatives' weight
 * @param beta the cosine at which that weight is a half
 * @param detachWeight whether the negatives' weight counts as a constant in the gradient; the
 *     released code differentiates it
 */
public record IctLoss(double lambda, double alpha, double beta, boolean detachWeight) {

    static final TorchProgram PROGRAM = TorchProgram.of(IctLoss.class, "loss.torchscript");

    /**
     * Checks the settings.
     *
     * @param lambda weight of the negatives, at least 0
     * @param alpha steepness of the negatives' weight
     * @param beta the cosine at which that weight is a half
     * @param detachWeight whether the negatives' weight counts as a constant in the gradient
     * @throws IllegalArgumentException if a number is not finite or lambda is negative
     */
    public IctLoss {
        Preconditions.checkArgument(
                lambda >= 0 && Double.isFinite(lambda),
                "IctLoss: lambda must be finite and at least 0, got %s",
                lambda);
        Preconditions.checkArgument(
                Double.isFinite(alpha) && Double.isFinite(beta),
                "IctLoss: alpha and beta must be finite, got %s and %s",
                alpha,
                beta);
    }

    /**
     * Returns the published settings: lambda 0.1, alpha 20, beta 6.
     *
     * @return the loss
     */
    public static IctLoss paper() {
        return new IctLoss(0.1, 20, 6, false);
    }

    /**
     * Computes the loss, recording a graph back to the features.
     *
     * @param pairs features and targets of a batch
     * @return the loss with its parts {@code total, easy, refined, negative_easy, negative_refined}
     */
    public LossValue of(IctPairs pairs) {
        NDList parts =
                PROGRAM.callList(
                        "ict",
                        pairs.easy(),
                        pairs.refined(),
                        pairs.images(),
                        pairs.easyTargets(),
                        pairs.refinedTargets(),
                        lambda,
                        alpha,
                        beta,
                        detachWeight);
        return new LossValue(
                parts.get(0),
                ImmutableMap.of(
                        "total", LossValue.number(parts.get(0)),
                        "easy", LossValue.number(parts.get(1)),
                        "refined", LossValue.number(parts.get(2)),
                        "negative_easy", LossValue.number(parts.get(3)),
                        "negative_refined", LossValue.number(parts.get(4))));
    }

    /**
     * Returns each triplet's cosines of the easy prompt with its images.
     *
     * @param easy (B, P), features of the easy prompts
     * @param images (3B, P), features of all rejected images, then all preferred, then all refined
     * @return (B, 3), float32
     */
    public static NDArray easyCosines(NDArray easy, NDArray images) {
        return PROGRAM.call("cosines", easy, images);
    }
}

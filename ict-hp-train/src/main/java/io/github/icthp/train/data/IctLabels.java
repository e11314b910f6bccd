package io.github.icthp.train.data;

import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * Computes ICT targets from CLIP scores (paper section 3): {@code C(I,P) = min(CLIP(I,P)/θ, 1)};
 * {@code E2 = C(I2,P_e)}, {@code E1 = min(C(I1,P_e), E2)}, {@code E3 = 1}; {@code R = E ·
 * CLIP(P_e,P_r)} for the first two images, {@code R3 = 1}.
 *
 * @param theta θ, the CLIP score from which an image counts as containing the whole text
 */
public record IctLabels(double theta) {

    /**
     * Checks θ.
     *
     * @param theta θ
     * @throws IllegalArgumentException if it is not in (0, 1]
     */
    public IctLabels {
        if (!(theta > 0 && theta <= 1)) {
            throw new IllegalArgumentException("IctLabels: θ must be in (0, 1], got " + theta);
        }
    }

    /**
     * Estimates θ as the least CLIP score that an aligned pair has, so that every aligned pair has
     * a thresholded similarity of 1 (paper equation 16). Aligned pairs are those whose image surely
     * contains the prompt: refined images against their easy prompts.
     *
     * @param alignedScores CLIP(I3, P_e) of the pairs
     * @param quantile 0 for the least score as in the paper; a small share, such as 0.01, leaves
     *     out that share of outliers at the low end (linear between neighbors)
     * @return labels with the estimated θ
     * @throws IllegalArgumentException if there are no scores, the quantile is not in [0, 1], or
     *     the estimate is not in (0, 1]
     */
    public static IctLabels estimate(DoubleStream alignedScores, double quantile) {
        double[] sorted = alignedScores.sorted().toArray();
        if (sorted.length == 0 || !(quantile >= 0 && quantile <= 1)) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "IctLabels.estimate: expected scores and a quantile in [0, 1], got %d scores and %s",
                            sorted.length,
                            quantile));
        }
        double place = quantile * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        double theta = sorted[below] + (place - below) * (sorted[above] - sorted[below]);
        if (!(theta > 0 && theta <= 1)) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "IctLabels.estimate: theta would be %s, but must be in (0, 1]; %d scores from %s to %s: raise the quantile or look at the outliers",
                            theta,
                            sorted.length,
                            sorted[0],
                            sorted[sorted.length - 1]));
        }
        return new IctLabels(theta);
    }

    /**
     * Returns the thresholded similarity C.
     *
     * @param clip a cosine
     * @return at most 1; negative for a negative cosine
     */
    public double similarity(double clip) {
        return Math.min(clip / theta, 1);
    }

    /**
     * Computes the targets of a triplet, as the formulas give them: a negative cosine gives a
     * negative target, see {@link IctTargets#clamped}.
     *
     * @param scores its CLIP scores
     * @return its targets
     */
    public IctTargets targets(ClipScores scores) {
        double e2 = similarity(scores.preferred());
        double e1 = Math.min(similarity(scores.rejected()), e2);
        // A cosine in single precision may exceed 1 by its rounding.
        double prompts = Math.min(scores.prompts(), 1);
        return new IctTargets(e1, e2, e1 * prompts, e2 * prompts);
    }
}

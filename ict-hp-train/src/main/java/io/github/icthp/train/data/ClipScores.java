package io.github.icthp.train.data;

import java.util.Locale;

/**
 * What the labels of a triplet are computed from: cosines by the base CLIP, each in [-1, 1].
 *
 * @param rejected CLIP(I1, P_e), the rejected image against the easy prompt
 * @param preferred CLIP(I2, P_e), the preferred image against the easy prompt
 * @param prompts CLIP(P_e, P_r), the easy prompt against the refined prompt
 */
public record ClipScores(double rejected, double preferred, double prompts) {

    /**
     * Checks the scores.
     *
     * @param rejected CLIP(I1, P_e)
     * @param preferred CLIP(I2, P_e)
     * @param prompts CLIP(P_e, P_r)
     * @throws IllegalArgumentException if one is not finite
     */
    public ClipScores {
        if (!Double.isFinite(rejected)
                || !Double.isFinite(preferred)
                || !Double.isFinite(prompts)) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "ClipScores: expected finite cosines, got %s, %s and %s",
                            rejected,
                            preferred,
                            prompts));
        }
    }
}

package io.github.icthp.training;

import com.google.common.base.Preconditions;

/**
 * How {@link AdamW} averages gradients.
 *
 * @param beta1 decay of the first moment's average, in [0, 1)
 * @param beta2 decay of the second moment's average, in [0, 1)
 * @param eps what is added to the second moment's root, more than 0
 */
public record AdamWConfig(double beta1, double beta2, double eps) {

    /**
     * Checks the settings.
     *
     * @param beta1 decay of the first moment's average
     * @param beta2 decay of the second moment's average
     * @param eps what is added to the second moment's root
     * @throws IllegalArgumentException if one is out of its range
     */
    public AdamWConfig {
        Preconditions.checkArgument(
                beta1 >= 0 && beta1 < 1, "AdamWConfig: beta1 must be in [0, 1), got %s", beta1);
        Preconditions.checkArgument(
                beta2 >= 0 && beta2 < 1, "AdamWConfig: beta2 must be in [0, 1), got %s", beta2);
        Preconditions.checkArgument(
                eps > 0 && Double.isFinite(eps),
                "AdamWConfig: eps must be finite and more than 0, got %s",
                eps);
    }

    /**
     * Returns the usual settings: 0.9, 0.999 and 1e-8.
     *
     * @return the settings
     */
    public static AdamWConfig ofDefaults() {
        return new AdamWConfig(0.9, 0.999, 1e-8);
    }
}

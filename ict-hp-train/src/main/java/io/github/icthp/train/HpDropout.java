package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;
import com.google.common.primitives.ImmutableIntArray;

import io.github.icthp.torch.Tensors;
import io.github.icthp.training.Seeds;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Dropout in the HP head, in training only: after each of the first three layers.
 *
 * @param first the share dropped after the first layer, in [0, 1)
 * @param second the share dropped after the second
 * @param third the share dropped after the third
 */
public record HpDropout(double first, double second, double third) {

    /**
     * Checks the shares.
     *
     * @param first the share dropped after the first layer, in [0, 1)
     * @param second the share dropped after the second
     * @param third the share dropped after the third
     * @throws IllegalArgumentException if one is outside [0, 1)
     */
    public HpDropout {
        for (double share : new double[] {first, second, third}) {
            Preconditions.checkArgument(
                    share >= 0 && share < 1, "HpDropout: a share must be in [0, 1), got %s", share);
        }
    }

    /**
     * Returns the released shares: 0.2, 0.2 and 0.1.
     *
     * @return the dropout
     */
    public static HpDropout released() {
        return new HpDropout(0.2, 0.2, 0.1);
    }

    /**
     * Returns no dropout.
     *
     * @return the dropout
     */
    public static HpDropout none() {
        return new HpDropout(0, 0, 0);
    }

    /** Draws masks (n, width) of 0 and 1/(1 - share) for the first layers; none if none is due. */
    List<NDArray> masks(ImmutableIntArray widths, int n, FeatureLoss.Draw draw) {
        List<NDArray> masks = new ArrayList<>();
        if (equals(none())) {
            return masks;
        }
        SplittableRandom random = Seeds.random(draw.seed(), draw.step(), "dropout." + draw.part());
        double[] shares = {first, second, third};
        for (int layer = 0; layer < shares.length; layer++) {
            float[] mask = new float[n * widths.get(layer)];
            for (int i = 0; i < mask.length; i++) {
                boolean kept = random.nextDouble() >= shares[layer];
                mask[i] = kept ? (float) (1 / (1 - shares[layer])) : 0;
            }
            masks.add(Tensors.of(mask, n, widths.get(layer)));
        }
        return masks;
    }
}

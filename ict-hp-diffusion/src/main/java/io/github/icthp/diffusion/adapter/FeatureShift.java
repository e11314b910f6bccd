package io.github.icthp.diffusion.adapter;

import com.google.common.base.Preconditions;

import java.util.Locale;
import java.util.Optional;

/**
 * How far an exchanged image encoder's features of a picture lie from those of the encoder that an
 * adapter was trained with. Both are taken as one vector: of Plus adapters, the features of all
 * tokens.
 *
 * @param picture what messages call the picture
 * @param encoder what messages call the exchanged encoder
 * @param aligned whether its features are aligned
 * @param cosine the cosine between both, in [-1, 1]
 * @param normRatio the exchanged encoder's length over the base encoder's
 */
public record FeatureShift(
        String picture, String encoder, boolean aligned, double cosine, double normRatio) {

    /** Features whose cosine is smaller are warned of. */
    public static final double LEAST_COSINE = 0.9;

    /** Features longer, or shorter, by a larger factor than this are warned of. */
    public static final double LARGEST_RATIO = 1.25;

    /**
     * Compares two encoders' features of a picture.
     *
     * @param picture what messages call the picture
     * @param encoder what messages call the exchanged encoder
     * @param aligned whether its features are aligned
     * @param base the base encoder's features
     * @param exchanged as many of the exchanged encoder
     * @return the comparison
     * @throws IllegalArgumentException if there are more of one than of the other
     */
    public static FeatureShift between(
            String picture, String encoder, boolean aligned, float[] base, float[] exchanged) {
        Preconditions.checkArgument(
                base.length == exchanged.length,
                "FeatureShift: expected as many features of both encoders, got %s and %s of %s",
                base.length,
                exchanged.length,
                picture);
        double product = 0;
        double first = 0;
        double second = 0;
        for (int i = 0; i < base.length; i++) {
            product += (double) base[i] * exchanged[i];
            first += (double) base[i] * base[i];
            second += (double) exchanged[i] * exchanged[i];
        }
        return new FeatureShift(
                picture,
                encoder,
                aligned,
                product / Math.sqrt(first * second),
                Math.sqrt(second / first));
    }

    /**
     * Says whether the features lie so far apart that the adapter may read them wrongly. A cosine
     * or ratio that is not a number counts as far.
     *
     * @return true over a bound
     */
    public boolean isLarge() {
        boolean small =
                cosine >= LEAST_COSINE
                        && normRatio <= LARGEST_RATIO
                        && normRatio >= 1 / LARGEST_RATIO;
        return !small;
    }

    /**
     * Returns a warning for people.
     *
     * @return empty within the bounds
     */
    public Optional<String> warning() {
        return isLarge()
                ? Optional.of(
                        String.format(
                                Locale.ROOT,
                                "%s; cosines below %s or lengths beyond a factor of %s may show"
                                        + " another style than the picture's: %s",
                                this,
                                LEAST_COSINE,
                                LARGEST_RATIO,
                                aligned
                                        ? "compare with the adapter's own encoder"
                                        : "align the features"))
                : Optional.empty();
    }

    /** Returns one line for people. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s: %sfeatures by %s against the base encoder's: cosine %.4f, length %.4f times",
                picture,
                aligned ? "aligned " : "",
                encoder,
                cosine,
                normRatio);
    }
}

package io.github.icthp.image;

import org.jspecify.annotations.Nullable;

/**
 * The resizer's first pass: rows of a picture, resized across and rounded to 8 bits.
 *
 * <p>Two rows are computed at a time: a {@code long} carries a sample of each, the lower row's in
 * its upper half, and sums of weighted samples stay apart because each fits 32 bits.
 */
final class ResizeRows {

    private static final int HALF = 1 << (ResizeWeights.BITS - 1);
    private static final long TWO_HALVES = ((long) HALF << 32) + HALF;

    private final RgbImage image;
    private final @Nullable ResizeWeights weights;
    private final int firstColumn;
    private final int columns;
    private final long[] pairs;

    /**
     * Prepares a picture's rows.
     *
     * @param image the picture
     * @param weights weights of the output columns, or null if columns stay as they are
     * @param left the first column of the crop, if columns stay
     * @param columns the crop's columns, if columns stay
     */
    ResizeRows(RgbImage image, @Nullable ResizeWeights weights, int left, int columns) {
        this.image = image;
        this.weights = weights;
        this.firstColumn = weights == null ? left : weights.firstInput();
        this.columns = weights == null ? columns : weights.endInput() - firstColumn;
        this.pairs = new long[weights == null ? 0 : 3 * this.columns];
    }

    /**
     * Computes rows {@code y} and {@code y + 1}; below the last row there is nothing to compute.
     *
     * @param y the upper row
     * @param upper receives its samples, three a pixel
     * @param lower receives the lower one's
     */
    void read(int y, int[] upper, int[] lower) {
        boolean last = y + 1 == image.height();
        if (weights == null) {
            copy(y, upper);
            copy(last ? y : y + 1, lower);
        } else {
            pair(y, last ? y : y + 1);
            resize(weights, upper, lower);
        }
    }

    private int place(int y) {
        return 3 * (y * image.width() + firstColumn);
    }

    private void copy(int y, int[] row) {
        byte[] rgb = image.pixels();
        int from = place(y);
        for (int i = 0; i < row.length; i++) {
            row[i] = rgb[from + i] & 0xFF;
        }
    }

    private void pair(int upper, int lower) {
        byte[] rgb = image.pixels();
        int from = place(upper);
        int below = place(lower);
        for (int i = 0; i < pairs.length; i++) {
            pairs[i] = (rgb[from + i] & 0xFFL) | (rgb[below + i] & 0xFFL) << 32;
        }
    }

    private void resize(ResizeWeights columnWeights, int[] upper, int[] lower) {
        int[] weight = columnWeights.weights();
        for (int x = 0; x < columnWeights.count(); x++) {
            int w = columnWeights.offset(x);
            int end = w + columnWeights.length(x);
            int p = 3 * (columnWeights.start(x) - firstColumn);
            long r = TWO_HALVES;
            long g = TWO_HALVES;
            long b = TWO_HALVES;
            for (; w < end; w++, p += 3) {
                long factor = weight[w];
                r += pairs[p] * factor;
                g += pairs[p + 1] * factor;
                b += pairs[p + 2] * factor;
            }
            put(r, 3 * x, upper, lower);
            put(g, 3 * x + 1, upper, lower);
            put(b, 3 * x + 2, upper, lower);
        }
    }

    private static void put(long sums, int at, int[] upper, int[] lower) {
        int low = (int) sums;
        upper[at] = round(low);
        lower[at] = round((int) ((sums - low) >> 32));
    }

    /** Takes the whole part of a sum that started at one half, within 0..255. */
    static int round(int sum) {
        return Math.max(0, Math.min(255, sum >> ResizeWeights.BITS));
    }
}

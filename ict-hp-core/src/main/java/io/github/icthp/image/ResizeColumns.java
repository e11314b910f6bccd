package io.github.icthp.image;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/** The resizer's second pass: rows come from above, and each is added to the outputs it is in. */
final class ResizeColumns {

    private static final int HALF = 1 << (ResizeWeights.BITS - 1);

    private final @Nullable ResizeWeights weights;
    private final int rowLength;
    private final int top;
    private final int[] sums;
    private int open;

    /**
     * Prepares the outputs.
     *
     * @param weights weights of the output rows, or null if rows stay as they are
     * @param top the first row of the crop, if rows stay
     * @param rows output rows
     * @param rowLength samples of a row
     */
    ResizeColumns(@Nullable ResizeWeights weights, int top, int rows, int rowLength) {
        this.weights = weights;
        this.top = top;
        this.rowLength = rowLength;
        this.sums = new int[Math.multiplyExact(rows, rowLength)];
        if (weights != null) {
            Arrays.fill(sums, HALF);
        }
    }

    /** Takes row {@code y}; rows come in order. */
    void add(int y, int[] row) {
        if (weights == null) {
            System.arraycopy(row, 0, sums, (y - top) * rowLength, rowLength);
            return;
        }
        while (open < weights.count() && weights.start(open) + weights.length(open) <= y) {
            open++;
        }
        for (int i = open; i < weights.count() && weights.start(i) <= y; i++) {
            int weight = weights.weights()[weights.offset(i) + y - weights.start(i)];
            addWeighted(row, weight, sums, i * rowLength);
        }
    }

    private static void addWeighted(int[] row, int weight, int[] sums, int at) {
        for (int i = 0; i < row.length; i++) {
            sums[at + i] += row[i] * weight;
        }
    }

    /** Returns the outputs' samples. */
    byte[] finish() {
        byte[] samples = new byte[sums.length];
        for (int i = 0; i < sums.length; i++) {
            samples[i] = (byte) (weights == null ? sums[i] : ResizeRows.round(sums[i]));
        }
        return samples;
    }
}

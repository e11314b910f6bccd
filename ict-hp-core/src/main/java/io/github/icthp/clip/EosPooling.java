package io.github.icthp.clip;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

import io.github.icthp.torch.Tensors;

import java.util.Arrays;

/** Where texts end: the pooled token of each. */
record EosPooling(ClipConfig config) {

    /**
     * Finds the pooled token of each text.
     *
     * @throws IllegalArgumentException if a row is too long, or has no end token, or rows differ in
     *     length, or an id is outside the vocabulary
     */
    long[] of(long[][] ids) {
        long[] ends = new long[ids.length];
        for (int b = 0; b < ids.length; b++) {
            check(ids[b], ids[0].length);
            ends[b] = end(ids[b]);
        }
        return ends;
    }

    /**
     * Attention is causal: what follows the last end token of a batch never reaches a pooled one.
     */
    static int length(long[] ends) {
        return (int) Arrays.stream(ends).max().orElseThrow() + 1;
    }

    /** The first columns of every row: (B, S). */
    static NDArray cut(long[][] ids, int length) {
        long[] flat = new long[ids.length * length];
        for (int b = 0; b < ids.length; b++) {
            System.arraycopy(ids[b], 0, flat, b * length, length);
        }
        return Tensors.of(flat, ids.length, length);
    }

    private void check(long[] row, int length) {
        Preconditions.checkArgument(
                row.length == length && length <= config.positions(),
                "ClipTextTower: expected rows of one length of at most %s tokens, got %s and %s",
                config.positions(),
                length,
                row.length);
        for (long id : row) {
            Preconditions.checkArgument(
                    id >= 0 && id < config.vocabulary(),
                    "ClipTextTower: token id %s is outside the vocabulary of %s",
                    id,
                    config.vocabulary());
        }
    }

    /** The first end token, or the first of the largest ids where the config says 2. */
    private int end(long[] row) {
        long wanted =
                config.endToken() == ClipConfig.LARGEST_ID
                        ? Arrays.stream(row).max().orElseThrow()
                        : config.endToken();
        for (int s = 0; s < row.length; s++) {
            if (row[s] == wanted) {
                return s;
            }
        }
        throw new IllegalArgumentException(
                "ClipTextTower: a text has no end token "
                        + wanted
                        + "; truncation must keep it: "
                        + Arrays.toString(row));
    }
}

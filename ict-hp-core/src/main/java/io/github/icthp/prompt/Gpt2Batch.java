package io.github.icthp.prompt;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

import io.github.icthp.torch.Tensors;

import java.util.Arrays;

/** Rows of tokens, padded on the left to one length with the end token. */
final class Gpt2Batch {

    private final long[][] rows;
    private final Gpt2Config config;
    private final int length;

    /**
     * Checks rows.
     *
     * @throws IllegalArgumentException if there is none, or one is empty, too long, or has an id
     *     outside the vocabulary
     */
    Gpt2Batch(long[][] rows, Gpt2Config config) {
        this.rows = rows;
        this.config = config;
        this.length = Arrays.stream(rows).mapToInt(row -> row.length).max().orElse(0);
        for (long[] row : rows) {
            Preconditions.checkArgument(
                    row.length > 0 && row.length <= config.positions(),
                    "Gpt2Model: expected rows of 1 to %s tokens, got %s",
                    config.positions(),
                    row.length);
            for (long id : row) {
                Preconditions.checkArgument(
                        id >= 0 && id < config.vocabulary(),
                        "Gpt2Model: token id %s is outside the vocabulary of %s",
                        id,
                        config.vocabulary());
            }
        }
        Preconditions.checkArgument(
                rows.length > 0, "Gpt2Model: expected at least one row, got none");
    }

    int size() {
        return rows.length;
    }

    int length() {
        return length;
    }

    boolean padded() {
        return Arrays.stream(rows).anyMatch(row -> row.length < length);
    }

    NDArray ids() {
        long[] flat = new long[rows.length * length];
        Arrays.fill(flat, config.endToken());
        for (int b = 0; b < rows.length; b++) {
            long[] row = rows[b];
            System.arraycopy(row, 0, flat, (b + 1) * length - row.length, row.length);
        }
        return Tensors.of(flat, rows.length, length);
    }

    NDArray pads() {
        long[] pads = new long[rows.length];
        Arrays.setAll(pads, b -> length - rows[b].length);
        return Tensors.of(pads, pads.length);
    }
}

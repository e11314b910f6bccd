package io.github.icthp.training;

import ai.djl.ndarray.NDArray;

/**
 * The gradient of a matrix that is zero outside some rows: an embedding table of which a batch
 * reads a few rows. U rows, D columns.
 *
 * @param rows int64 (U), in ascending order, each once
 * @param values (U, D)
 */
public record RowGradient(NDArray rows, NDArray values) {

    void close() {
        rows.close();
        values.close();
    }
}

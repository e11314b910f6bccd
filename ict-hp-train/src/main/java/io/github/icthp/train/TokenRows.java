package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.RowGradient;

import java.util.List;

/**
 * The rows of the table of token embeddings that texts read, which stand for the whole table: only
 * they have gradients.
 *
 * @param rows int64 (U), the distinct ids, in ascending order
 * @param places int64 (B, S), where each token's row lies among them
 */
record TokenRows(NDArray rows, NDArray places) {

    /** Finds the rows of token ids (B, S). */
    static TokenRows of(NDArray ids) {
        List<NDArray> distinct =
                Autograd.in(
                        Autograd.Mode.NO_GRADIENT, () -> Shard.PROGRAM.callList("distinct", ids));
        return new TokenRows(distinct.get(0), distinct.get(1));
    }

    /** Picks the rows from the table: (U, D). */
    NDArray pick(NDArray table) {
        return Shard.PROGRAM.call("table_rows", table, rows);
    }

    /** The gradient of the table from that of its rows (U, D). */
    RowGradient gradient(NDArray values) {
        return new RowGradient(Tensors.to(rows, rows.getDevice()), values);
    }
}

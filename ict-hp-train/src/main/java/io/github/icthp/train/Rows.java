package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Tensors;

import java.util.ArrayList;
import java.util.List;

/**
 * Consecutive rows of a batch, which a stage computes in one pass.
 *
 * @param begin the first
 * @param count how many
 */
record Rows(int begin, int count) {

    /** All rows of a stage's input in one pass. */
    static List<Rows> whole(NDArray input) {
        return List.of(new Rows(0, (int) input.getShape().get(0)));
    }

    /** The rows of a stage's input in passes of about equal size, each of a row or more. */
    static List<Rows> passes(NDArray input, long limit) {
        int all = (int) input.getShape().get(0);
        long bytes = input.getShape().size() * Tensors.dtype(input).bytes();
        int passes = (int) Math.max(1, Math.min(all, (bytes + limit - 1) / limit));
        List<Rows> rows = new ArrayList<>();
        for (int i = 0; i < passes; i++) {
            int begin = (int) ((long) i * all / passes);
            int end = (int) ((i + 1L) * all / passes);
            rows.add(new Rows(begin, end - begin));
        }
        return rows;
    }

    /** These rows of a tensor, in its memory. */
    NDArray of(NDArray tensor) {
        return StageWeights.PROGRAM.call("rows", tensor, begin, count);
    }
}

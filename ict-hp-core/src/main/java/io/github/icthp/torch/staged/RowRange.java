package io.github.icthp.torch.staged;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Tensors;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Consecutive rows of a batch that a stage computes at once.
 *
 * @param begin the first
 * @param count how many
 */
record RowRange(int begin, int count) {

    /** The rows of a state in parts of about equal size, each of a row or more. */
    static List<RowRange> parts(List<NDArray> state, long bytesAtOnce) {
        int all = state.isEmpty() ? 1 : (int) state.get(0).getShape().get(0);
        int parts = (int) Math.max(1, Math.min(all, (bytes(state) - 1) / bytesAtOnce + 1));
        List<RowRange> ranges = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            int begin = (int) ((long) i * all / parts);
            int end = (int) ((i + 1L) * all / parts);
            ranges.add(new RowRange(begin, end - begin));
        }
        return ranges;
    }

    private static long bytes(List<NDArray> tensors) {
        return tensors.stream()
                .mapToLong(x -> x.getShape().size() * Tensors.dtype(x).bytes())
                .sum();
    }

    /** These rows of a tensor, in its memory. */
    NDArray of(NDArray tensor) {
        return StagedPass.PROGRAM.call("rows", tensor, begin, count);
    }

    List<NDArray> of(List<NDArray> tensors) {
        return tensors.stream().map(this::of).toList();
    }

    List<Optional<NDArray>> ofPresent(List<Optional<NDArray>> tensors) {
        return tensors.stream().map(tensor -> tensor.map(this::of)).toList();
    }
}

package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.training.Gradients;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The gradients of a stage's leaves, summed over passes through few rows each. Sums of several are
 * float32 and then rounded to the leaves' type once.
 */
final class GradientAccumulator {

    private final TensorScope scope;
    private final StageLeaves leaves;
    private final boolean several;
    private final List<Optional<NDArray>> sums = new ArrayList<>();

    /**
     * Begins with no gradients.
     *
     * @param scope owns the sums
     * @param leaves whose gradients they are
     * @param passes how many gradients of every leaf come
     */
    GradientAccumulator(TensorScope scope, StageLeaves leaves, int passes) {
        this.scope = scope;
        this.leaves = leaves;
        this.several = passes > 1;
    }

    /** Adds a pass's gradients, which the innermost scope owns. */
    void add(List<Optional<NDArray>> gradients) {
        if (!sums.isEmpty()) {
            call("add_to", present(sums), present(gradients));
            return;
        }
        for (Optional<NDArray> gradient : gradients) {
            Optional<NDArray> sum = several ? gradient.map(GradientAccumulator::widened) : gradient;
            sums.add(sum.map(tensor -> scope.keep(tensor, scope.manager())));
        }
    }

    /** Hands over the sums, one after another. */
    void give(Gradients sink) {
        List<Optional<NDArray>> rounded = new ArrayList<>();
        for (int i = 0; i < sums.size(); i++) {
            NDArray leaf = leaves.leaves().get(i);
            rounded.add(several ? sums.get(i).map(sum -> rounded(sum, leaf)) : sums.get(i));
        }
        leaves.give(rounded, sink);
    }

    private static NDArray widened(NDArray gradient) {
        return Autograd.in(
                Autograd.Mode.NO_GRADIENT, () -> StageWeights.PROGRAM.call("widened", gradient));
    }

    private static NDArray rounded(NDArray sum, NDArray leaf) {
        NDArray rounded =
                Autograd.in(
                        Autograd.Mode.NO_GRADIENT,
                        () -> StageWeights.PROGRAM.call("like", sum, leaf));
        sum.close();
        return rounded;
    }

    private static void call(String method, List<NDArray> sums, List<NDArray> gradients) {
        Autograd.in(
                Autograd.Mode.NO_GRADIENT,
                () -> StageWeights.PROGRAM.callLong(method, sums, gradients));
    }

    private static List<NDArray> present(List<Optional<NDArray>> gradients) {
        return gradients.stream().flatMap(Optional::stream).toList();
    }
}

package io.github.icthp.torch.staged;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorScope;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Sums of gradients, in float32 whatever their type, one for each of several tensors. */
final class GradientSums {

    private final NDManager owner;
    private final List<Optional<NDArray>> sums = new ArrayList<>();

    /**
     * Begins with no gradients.
     *
     * @param owner owns the sums
     */
    GradientSums(NDManager owner) {
        this.owner = owner;
    }

    /** Adds a gradient for each tensor, which the innermost scope owns; empty ones add nothing. */
    void add(List<Optional<NDArray>> gradients) {
        List<NDArray> targets = new ArrayList<>();
        List<NDArray> added = new ArrayList<>();
        for (int i = 0; i < gradients.size(); i++) {
            if (sums.size() == i) {
                sums.add(Optional.empty());
            }
            if (gradients.get(i).isEmpty()) {
                continue;
            }
            if (sums.get(i).isPresent()) {
                targets.add(sums.get(i).get());
                added.add(gradients.get(i).get());
            } else {
                sums.set(i, gradients.get(i).map(this::widened));
            }
        }
        if (!targets.isEmpty()) {
            Autograd.in(
                    Autograd.Mode.NO_GRADIENT,
                    () -> StagedPass.PROGRAM.callLong("add_to", targets, added));
        }
    }

    private NDArray widened(NDArray gradient) {
        NDArray sum =
                Autograd.in(
                        Autograd.Mode.NO_GRADIENT,
                        () -> StagedPass.PROGRAM.call("widened", gradient));
        return TensorScope.current().keep(sum, owner);
    }

    /** Takes a sum, rounded once to the type of the tensor; it belongs to the innermost scope. */
    Optional<NDArray> take(int index, NDArray tensor) {
        Optional<NDArray> sum = index < sums.size() ? sums.get(index) : Optional.empty();
        Optional<NDArray> rounded =
                sum.map(
                        wide ->
                                Autograd.in(
                                        Autograd.Mode.NO_GRADIENT,
                                        () -> StagedPass.PROGRAM.call("like", wide, tensor)));
        sum.ifPresent(NDArray::close);
        return rounded;
    }
}

package io.github.icthp.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.TorchProgram;

/**
 * What {@link AdamW} remembers of a tensor.
 *
 * @param first average of its gradients
 * @param second average of their squares
 * @param steps how often it was moved, a float32 scalar
 */
record Moments(NDArray first, NDArray second, NDArray steps) {

    private static final TorchProgram PROGRAM = TorchProgram.of(Moments.class, "optim.torchscript");

    /** Returns moments of zero beside a master, owned by a manager. */
    static Moments zero(NDArray master, NDManager owner) {
        return Autograd.in(
                Autograd.Mode.NO_GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open(master.getDevice())) {
                        return new Moments(
                                scope.keep(PROGRAM.call("zeros_like", master), owner),
                                scope.keep(PROGRAM.call("zeros_like", master), owner),
                                scope.keep(PROGRAM.call("zero_steps", master), owner));
                    }
                });
    }
}

package io.github.icthp.torch.staged;

import ai.djl.ndarray.NDArray;

import java.util.function.UnaryOperator;

/**
 * A function's value together with the way back to its argument.
 *
 * @param value the value, without history
 * @param vjp the vector-Jacobian product: takes the gradient that flows into the value, of its
 *     shape, and returns that of the argument, owned by the innermost scope. It can be asked for
 *     once; what was kept for it is freed on the way
 */
public record Pullback(NDArray value, UnaryOperator<NDArray> vjp) {

    /**
     * Goes back through a pass from one tensor to one tensor, without trained weights.
     *
     * @param pass a pass whose state is differentiated
     * @return its output and the way back
     */
    public static Pullback of(StagedPass pass) {
        return new Pullback(
                pass.output(), upstream -> pass.backward(upstream, (name, g) -> {}).ofState());
    }
}

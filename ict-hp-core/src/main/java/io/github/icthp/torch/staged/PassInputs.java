package io.github.icthp.torch.staged;

import ai.djl.ndarray.NDArray;

import java.util.List;

/**
 * What a pass begins with. The tensors stay open as long as the pass.
 *
 * @param state what the first stage takes
 * @param context what every stage may read
 * @param differentiatesState whether gradients of the state are wanted
 * @param differentiatesContext whether gradients of the context are wanted
 */
public record PassInputs(
        List<NDArray> state,
        List<NDArray> context,
        boolean differentiatesState,
        boolean differentiatesContext) {

    /**
     * Begins with a state whose gradient is not wanted.
     *
     * @param state what the first stage takes
     * @return the inputs, without context
     */
    public static PassInputs constant(NDArray... state) {
        return new PassInputs(List.of(state), List.of(), false, false);
    }

    /**
     * Begins with a state whose gradient is wanted.
     *
     * @param state what the first stage takes
     * @return the inputs, without context
     */
    public static PassInputs differentiated(NDArray... state) {
        return new PassInputs(List.of(state), List.of(), true, false);
    }

    /**
     * Adds a context.
     *
     * @param shared what every stage may read
     * @param differentiates whether its gradients are wanted
     * @return the same state with that context
     */
    public PassInputs withContext(List<NDArray> shared, boolean differentiates) {
        return new PassInputs(state, shared, differentiatesState, differentiates);
    }
}

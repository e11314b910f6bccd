package io.github.icthp.torch.staged;

import ai.djl.ndarray.NDArray;

import java.util.List;
import java.util.Optional;

/**
 * What flows out of a pass backwards.
 *
 * @param state gradients of the state that the pass began with, in order; empty where they were not
 *     wanted or the output does not depend on it
 * @param context gradients of the context, each summed over all stages in float32 and then of the
 *     context's own type; empty alike
 */
public record PassGradients(List<Optional<NDArray>> state, List<Optional<NDArray>> context) {

    /**
     * Returns the gradient of a state of one tensor.
     *
     * @return the gradient
     * @throws java.util.NoSuchElementException if it was not wanted
     */
    public NDArray ofState() {
        return state.get(0).orElseThrow();
    }
}

package io.github.icthp.clip;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.TensorDict;

/**
 * One stretch of a tower's forward pass: a function of what flows in and of its weights. Gradient
 * checkpointing recomputes one stage at a time.
 */
public final class ClipStage {

    private final TensorDict weights;
    private final Body body;

    ClipStage(TensorDict weights, Body body) {
        this.weights = weights;
        this.body = body;
    }

    /** What a stage computes. */
    @FunctionalInterface
    interface Body {
        NDArray forward(NDArray input, TensorDict weights);
    }

    /**
     * Returns the tower's own weights of this stage.
     *
     * @return the weights, under their names below the stage
     */
    public TensorDict weights() {
        return weights;
    }

    /**
     * Runs the stage.
     *
     * @param input what the stage before returned, or the tower's input
     * @return what the next stage takes; the input stays open
     */
    public NDArray forward(NDArray input) {
        return body.forward(input, weights);
    }

    /**
     * Runs the stage with other weights, for example leaves of a graph or copies in low precision.
     *
     * @param input what the stage before returned, or the tower's input
     * @param others weights under the names of {@link #weights}; they are cast to the input's type
     * @return what the next stage takes; the input stays open
     */
    public NDArray forward(NDArray input, TensorDict others) {
        return body.forward(input, others);
    }
}

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

    /** What a stage computes of some rows of a batch, of which the first is given. */
    @FunctionalInterface
    interface Body {
        NDArray forward(NDArray input, TensorDict weights, int begin);
    }

    /** A stage that computes every row alike. */
    static ClipStage of(TensorDict weights, RowBody body) {
        return new ClipStage(weights, (input, own, begin) -> body.forward(input, own));
    }

    /** What a stage computes of any rows. */
    @FunctionalInterface
    interface RowBody {
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
        return body.forward(input, weights, 0);
    }

    /**
     * Runs the stage with other weights, for example leaves of a graph or copies in low precision.
     *
     * @param input what the stage before returned, or the tower's input
     * @param others weights under the names of {@link #weights}; they are cast to the input's type
     * @return what the next stage takes; the input stays open
     */
    public NDArray forward(NDArray input, TensorDict others) {
        return body.forward(input, others, 0);
    }

    /**
     * Runs the stage on a few rows of a batch, with other weights.
     *
     * @param input consecutive rows of what the stage before returned
     * @param begin which row of the batch the first of them is
     * @param others as {@link #forward(NDArray, TensorDict)} takes them
     * @return those rows of what the next stage takes; the input stays open
     */
    public NDArray forward(NDArray input, int begin, TensorDict others) {
        return body.forward(input, others, begin);
    }
}

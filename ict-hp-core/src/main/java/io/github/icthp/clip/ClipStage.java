package io.github.icthp.clip;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.staged.Stage;

import java.util.List;

/**
 * One stretch of a tower's forward pass: a function of what flows in, of the pooled token of every
 * row, which is the context, and of its weights.
 */
public final class ClipStage implements Stage {

    private final TensorDict weights;
    private final Body body;

    ClipStage(TensorDict weights, Body body) {
        this.weights = weights;
        this.body = body;
    }

    /** What a stage computes; {@code pooled} is int64 (B), the pooled token of every row. */
    @FunctionalInterface
    interface Body {
        NDArray forward(NDArray input, TensorDict weights, NDArray pooled);
    }

    /** What a stage computes of all tokens alike. */
    @FunctionalInterface
    interface RowBody {
        NDArray forward(NDArray input, TensorDict weights);
    }

    /** A stage that does not ask which token is pooled. */
    static ClipStage of(TensorDict weights, RowBody body) {
        return new ClipStage(weights, (input, own, pooled) -> body.forward(input, own));
    }

    /**
     * Returns the weights that this stage computes with.
     *
     * @return the weights, under their names below the stage
     */
    public TensorDict weights() {
        return weights;
    }

    /**
     * Returns the same stage with other weights, for example leaves of a graph or copies in low
     * precision.
     *
     * @param others weights under the names of {@link #weights}; they are cast to the input's type
     * @return the stage
     */
    public ClipStage with(TensorDict others) {
        return new ClipStage(others, body);
    }

    @Override
    public List<NDArray> forward(List<NDArray> state, List<NDArray> context) {
        return List.of(body.forward(state.get(0), weights, context.get(0)));
    }
}

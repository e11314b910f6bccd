package io.github.icthp.torch.staged;

import ai.djl.ndarray.NDArray;

import com.google.common.primitives.Booleans;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A part of a network: a function of a state, which the part before returned, of a context, which
 * is the same for all parts, and of weights. An embedding, a block, a head.
 *
 * <p>State and context are lists of any length. A stage may return tensors of its state as they
 * are, such as skip connections that later stages read.
 */
@FunctionalInterface
public interface Stage {

    /**
     * Computes the stage. In {@link io.github.icthp.torch.Autograd.Mode#GRADIENT} the call is
     * recorded. Where a pass computes some rows of a batch at once, it gives those rows of state
     * and context.
     *
     * @param state what the stage before returned, or what the pass began with; stays open
     * @param context what the pass gives to all its stages
     * @return what the next stage takes, for the innermost scope
     */
    List<NDArray> forward(List<NDArray> state, List<NDArray> context);

    /**
     * Returns the weights that are trained: the tensors that {@link #forward} computes with, which
     * require gradients.
     *
     * @return them by the names under which their gradients are reported
     */
    default Map<String, NDArray> trainable() {
        return Map.of();
    }

    /**
     * Makes the stage ready to be run, once or for several parts of a batch: for example with
     * copies of its weights in a lower precision, whose gradients are then reported in it.
     *
     * @return a stage with the same names in {@link #trainable}; what was made for it belongs to
     *     the innermost scope
     */
    default Stage prepared() {
        return this;
    }

    /**
     * Says whether the stage reads the context.
     *
     * @return true if gradients of the context may come from here
     */
    default boolean readsContext() {
        return false;
    }

    /**
     * Says which outputs depend on what is differentiated before or in this stage.
     *
     * @param inputs which tensors of the state do
     * @param outputs how many tensors the stage returns
     * @return one flag an output
     */
    default boolean[] varying(boolean[] inputs, int outputs) {
        boolean[] flags = new boolean[outputs];
        Arrays.fill(flags, Booleans.contains(inputs, true) || !trainable().isEmpty());
        return flags;
    }
}

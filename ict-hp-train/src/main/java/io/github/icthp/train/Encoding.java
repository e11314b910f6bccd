package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import io.github.icthp.training.Gradients;

import java.util.List;

/** Features of a shard, with what their backward pass needs. n is the shard's size. */
interface Encoding extends AutoCloseable {

    /** Features by kind, each (k, n, width): k images or texts for each triplet. */
    List<NDArray> features();

    /**
     * Differentiates.
     *
     * @param upstream gradients of the features that can be differentiated, the first ones, each (k
     *     n, width)
     * @param sink receives the gradients of the trained parameters
     */
    void backward(List<NDArray> upstream, Gradients sink);

    /** Frees features and graphs. */
    @Override
    void close();
}

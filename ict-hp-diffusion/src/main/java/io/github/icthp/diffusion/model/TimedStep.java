package io.github.icthp.diffusion.model;

import ai.djl.ndarray.NDArray;

import java.util.Map;
import java.util.Optional;

/** A step whose embedding of time may depend on adapters. */
interface TimedStep extends Step {

    /**
     * Embeds time and pooled text, with adapters, in the mode of the thread.
     *
     * @return (1, B, D) in the innermost scope; empty if nothing that can change goes into it
     */
    Optional<NDArray> embedTime();

    /**
     * Returns the step with a given embedding of time.
     *
     * @param time (1, B, D)
     * @return the step, whose modulations follow from it
     */
    TimedStep with(Optional<NDArray> time);

    /**
     * Returns the adapter matrices that are trained in the embedding of time.
     *
     * @return them by their names in an adapter file
     */
    Map<String, NDArray> timeTrainable();
}

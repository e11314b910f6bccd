package io.github.icthp.train;

/**
 * Gradient checkpointing: what a training step keeps between its forward and its backward pass.
 * Gradients are the same either way.
 */
public enum Checkpointing {
    /** All activations: fastest. */
    NONE,
    /**
     * The input of every layer; each layer's activations are computed again when its gradient is
     * due. Least memory, at the price of a second forward pass.
     */
    LAYER
}

package io.github.icthp.train;

/**
 * Gradient checkpointing: what a training step keeps between its forward and its backward pass.
 * Gradients are the same either way.
 */
public enum Checkpointing {
    /** All activations: fastest. */
    NONE(8 << 20),
    /**
     * The input of every layer; each layer's activations are computed again when its gradient is
     * due, for a few rows of the batch at a time. Least memory, at the price of a second forward
     * pass.
     */
    LAYER(2 << 20);

    private final int large;

    Checkpointing(int large) {
        this.large = large;
    }

    /** Freed tensors of so many bytes go back to the system at once; smaller ones are kept. */
    int large() {
        return large;
    }
}

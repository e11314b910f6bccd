package io.github.icthp.train;

import ai.djl.Device;

import io.github.icthp.torch.DType;
import io.github.icthp.torch.staged.Activations;

/**
 * How towers compute.
 *
 * @param type the type of activations and of the weights' copies
 * @param checkpointing what is kept for the backward pass
 * @param passBytes what rows of a stage's input that are computed together take at most where
 *     activations are not kept; one row may take more
 */
record Compute(DType type, Checkpointing checkpointing, long passBytes) {

    private static final long CPU_PASS = 3L << 20;
    private static final long GPU_PASS = 64L << 20;

    /** So few rows together that activations need little memory, so many that a device is busy. */
    static Compute on(Device device, DType type, Checkpointing checkpointing) {
        return new Compute(type, checkpointing, device.isGpu() ? GPU_PASS : CPU_PASS);
    }

    /** What a pass keeps that is gone back through. */
    Activations activations() {
        return recomputes() ? inRows() : Activations.kept();
    }

    /** Nothing is kept, and few rows are computed at once. */
    Activations inRows() {
        return Activations.recomputedInRows(passBytes);
    }

    boolean recomputes() {
        return checkpointing == Checkpointing.LAYER;
    }
}

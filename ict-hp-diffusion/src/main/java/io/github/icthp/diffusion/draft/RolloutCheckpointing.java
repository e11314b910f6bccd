package io.github.icthp.diffusion.draft;

import io.github.icthp.torch.NativeMemory;

/**
 * What is kept for the way back, and what is computed again. The gradients are the same.
 *
 * <p>The chain rule is carried by hand over the latents that enter the differentiated steps: the
 * vector-Jacobian product of decoding and reward, then of the last step, the one before, and so on.
 */
public enum RolloutCheckpointing {
    /**
     * Everything is kept: one graph through all differentiated steps. Fastest; memory grows by K.
     */
    NONE,
    /** Latents are kept; each step is computed again as one graph. Memory does not depend on K. */
    STEP,
    /**
     * Latents are kept; each step is computed again, and within it each block of the transformer,
     * and each stage of the decoder. Least memory, and it does not depend on K.
     */
    BLOCK;

    /**
     * Tells the C library what to keep of freed memory while a run goes on: all that it may, or
     * small tensors alone.
     */
    void limitFreedMemory() {
        if (this == BLOCK) {
            NativeMemory.returnLarge();
        } else {
            NativeMemory.reuse();
        }
    }
}

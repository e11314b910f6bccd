package io.github.icthp.diffusion.vae;

import ai.djl.ndarray.NDArray;

/**
 * Pixels that were decoded without a graph, together with what is needed to go back.
 *
 * <p>{@link #vjp} recomputes one stage of the decoder at a time, back-propagates through it and
 * drops it, so that memory holds one stage's activations and the inputs of the stages before it,
 * never the whole decoder's graph. The gradient is the same.
 */
public interface StagedDecode {

    /**
     * Returns the pixels.
     *
     * @return (B, 3, H, W), about -1..1, owned by the scope that was innermost when decoding
     */
    NDArray pixels();

    /**
     * Returns the vector-Jacobian product of decoding. It can be asked for once; what was kept for
     * it is freed on the way.
     *
     * @param upstream the gradient that flows into the pixels, (B, 3, H, W)
     * @return the gradient of {@code sum(pixels * upstream)} with respect to the latents, of their
     *     shape and type, owned by the innermost scope
     * @throws IllegalStateException if it was asked for before
     */
    NDArray vjp(NDArray upstream);
}

package io.github.icthp.diffusion.vae;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.staged.Pullback;

/**
 * Turns the latents of a diffusion model into pixels and back.
 *
 * <p>Latents are scaled as the diffusion model sees them. Results belong to the innermost {@link
 * io.github.icthp.torch.TensorScope}. Instances may be shared between threads.
 */
public interface LatentCodec extends AutoCloseable {

    /**
     * Decodes. In gradient mode this records the whole graph; {@link #decodeInStages} needs less
     * memory.
     *
     * @param latents (B, C, h, w)
     * @return pixels (B, 3, H, W), about -1..1
     */
    NDArray decode(NDArray latents);

    /**
     * Decodes without a graph, so that a gradient can be carried back stage by stage: memory holds
     * one stage's activations and the inputs of the stages before it, never the whole decoder's
     * graph. The gradient is the same.
     *
     * @param latents (B, C, h, w)
     * @return the pixels (B, 3, H, W) and the way back to latents of their shape and type, owned by
     *     the innermost scope
     */
    Pullback decodeInStages(NDArray latents);

    /**
     * Returns the vector-Jacobian product of decoding.
     *
     * @param latents (B, C, h, w)
     * @param upstream the gradient that flows into the pixels, (B, 3, H, W)
     * @return the gradient of {@code sum(decode(latents) * upstream)} with respect to the latents
     */
    default NDArray decodeVjp(NDArray latents, NDArray upstream) {
        Pullback decoded = decodeInStages(latents);
        decoded.value().close();
        return decoded.vjp().apply(upstream);
    }

    /**
     * Encodes, to the most likely latents where there is a distribution.
     *
     * @param pixels (B, 3, H, W), -1..1; sides are multiples of {@link #factor()}
     * @return latents (B, C, h, w)
     */
    NDArray encode(NDArray pixels);

    /**
     * Returns the number of latent channels.
     *
     * @return C
     */
    int latentChannels();

    /**
     * Returns how many pixels a latent stands for, along each side.
     *
     * @return H / h = W / w
     */
    int factor();

    /** Frees the weights. */
    @Override
    void close();
}

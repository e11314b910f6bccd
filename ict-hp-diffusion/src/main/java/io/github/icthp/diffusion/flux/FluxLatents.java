package io.github.icthp.diffusion.flux;

import ai.djl.ndarray.NDArray;

/** FLUX's two forms of latents: pictures, and tokens of 2 x 2 latent pixels. */
public final class FluxLatents {

    private FluxLatents() {}

    /**
     * Packs latents into tokens.
     *
     * @param latents (B, C, h, w), h and w even
     * @return (B, S, 4 C), rows first, owned by the innermost scope
     */
    public static NDArray pack(NDArray latents) {
        return FluxTransformer.PROGRAM.call("pack", latents);
    }

    /**
     * Unpacks tokens into latents.
     *
     * @param tokens (B, S, 4 C)
     * @param height h, rows of the latents
     * @return (B, C, h, w), owned by the innermost scope
     */
    public static NDArray unpack(NDArray tokens, int height) {
        return FluxTransformer.PROGRAM.call("unpack", tokens, height / FluxConfig.PATCH);
    }
}

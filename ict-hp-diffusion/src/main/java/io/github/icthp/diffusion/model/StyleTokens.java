package io.github.icthp.diffusion.model;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

import java.util.Map;

/**
 * Tokens of reference pictures, which a UNet's attention reads beside the text (Ye et al. 2023,
 * "IP-Adapter", section 3.2.2). Shapes: B batch, N tokens, E width of the token embeddings, C
 * channels of an attention.
 *
 * @param tokens (B, N, E), in the denoiser's type
 * @param layers the matrices and the strength by path of the attention that reads the tokens, for
 *     example {@code mid_block.attentions.0.transformer_blocks.0.attn2}; others do not
 */
public record StyleTokens(NDArray tokens, Map<String, Layer> layers) {

    /**
     * What an attention reads tokens with.
     *
     * @param key (C, E), in the denoiser's type
     * @param value (C, E)
     * @param scale what is multiplied with the attention to the tokens before it is added to that
     *     to the text
     */
    public record Layer(NDArray key, NDArray value, double scale) {}

    /**
     * Copies the map and checks the rank.
     *
     * @param tokens (B, N, E)
     * @param layers by path of the attention
     * @throws IllegalArgumentException if tokens have another rank
     */
    public StyleTokens {
        layers = Map.copyOf(layers);
        Preconditions.checkArgument(
                tokens.getShape().dimension() == 3,
                "StyleTokens: expected tokens (B, N, E), got %s",
                tokens.getShape());
    }
}

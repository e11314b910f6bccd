package io.github.icthp.diffusion.model;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;
import com.google.common.primitives.Floats;

import java.util.List;

/**
 * What a network is told about the pictures to make: the encoded prompts of a batch.
 *
 * @param tokens token embeddings (B, L, E)
 * @param pooled pooled embedding (B, P)
 * @param guidance distilled guidance scales, for models that take them as an input (FLUX.1-dev):
 *     one a prompt, or one for all; empty for other models
 * @param sizes sizes for models that are told them (SDXL): one a prompt, or one for all; empty for
 *     other models
 * @param styles tokens of reference pictures, for UNets: of each adapter those of the whole batch
 */
public record Conditioning(
        NDArray tokens,
        NDArray pooled,
        List<Float> guidance,
        List<PictureSizes> sizes,
        List<StyleTokens> styles) {

    /**
     * Checks that both embeddings are of one batch.
     *
     * @param tokens token embeddings (B, L, E)
     * @param pooled pooled embedding (B, P)
     * @param guidance distilled guidance scales: none, one, or one a prompt
     * @param sizes sizes: none, one, or one a prompt
     * @param styles tokens of reference pictures, of each adapter
     * @throws IllegalArgumentException if their ranks or batch sizes do not fit
     */
    public Conditioning {
        Preconditions.checkArgument(
                tokens.getShape().dimension() == 3
                        && pooled.getShape().dimension() == 2
                        && tokens.getShape().get(0) == pooled.getShape().get(0),
                "Conditioning: expected tokens (B, L, E) and pooled (B, P), got %s and %s",
                tokens.getShape(),
                pooled.getShape());
        guidance = List.copyOf(guidance);
        Preconditions.checkArgument(
                guidance.size() <= 1 || guidance.size() == tokens.getShape().get(0),
                "Conditioning: expected no guidance scale, 1 or %s, got %s",
                tokens.getShape().get(0),
                guidance);
        sizes = List.copyOf(sizes);
        Preconditions.checkArgument(
                sizes.size() <= 1 || sizes.size() == tokens.getShape().get(0),
                "Conditioning: expected no sizes, 1 or %s, got %s",
                tokens.getShape().get(0),
                sizes);
        styles = List.copyOf(styles);
        for (StyleTokens style : styles) {
            Preconditions.checkArgument(
                    style.tokens().getShape().get(0) == tokens.getShape().get(0),
                    "Conditioning: expected style tokens of %s prompts, got %s",
                    tokens.getShape().get(0),
                    style.tokens().getShape());
        }
    }

    /**
     * Conditions without reference pictures.
     *
     * @param tokens token embeddings (B, L, E)
     * @param pooled pooled embedding (B, P)
     * @param guidance distilled guidance scales: none, one, or one a prompt
     * @param sizes sizes: none, one, or one a prompt
     */
    public Conditioning(
            NDArray tokens, NDArray pooled, List<Float> guidance, List<PictureSizes> sizes) {
        this(tokens, pooled, guidance, sizes, List.of());
    }

    /**
     * Conditions on prompts alone.
     *
     * @param tokens token embeddings (B, L, E)
     * @param pooled pooled embedding (B, P)
     */
    public Conditioning(NDArray tokens, NDArray pooled) {
        this(tokens, pooled, List.of(), List.of());
    }

    /**
     * Returns the same prompts with distilled guidance.
     *
     * @param scales the guidance scale for all prompts, or one a prompt
     * @return the new conditioning, sharing the embeddings
     */
    public Conditioning withGuidance(float... scales) {
        return new Conditioning(tokens, pooled, Floats.asList(scales), sizes, styles);
    }

    /**
     * Returns the same prompts with sizes.
     *
     * @param each sizes for all prompts, or those of each
     * @return the new conditioning, sharing the embeddings
     */
    public Conditioning withSizes(List<PictureSizes> each) {
        return new Conditioning(tokens, pooled, guidance, each, styles);
    }

    /**
     * Returns the same prompts with reference pictures.
     *
     * @param each of each adapter the tokens for the whole batch
     * @return the new conditioning, sharing the embeddings
     */
    public Conditioning withStyles(List<StyleTokens> each) {
        return new Conditioning(tokens, pooled, guidance, sizes, each);
    }

    /**
     * Returns the number of prompts.
     *
     * @return B
     */
    public long batch() {
        return tokens.getShape().get(0);
    }
}

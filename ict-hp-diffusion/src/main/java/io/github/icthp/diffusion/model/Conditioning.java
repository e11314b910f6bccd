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
 */
public record Conditioning(
        NDArray tokens, NDArray pooled, List<Float> guidance, List<PictureSizes> sizes) {

    /**
     * Checks that both embeddings are of one batch.
     *
     * @param tokens token embeddings (B, L, E)
     * @param pooled pooled embedding (B, P)
     * @param guidance distilled guidance scales: none, one, or one a prompt
     * @param sizes sizes: none, one, or one a prompt
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
        return new Conditioning(tokens, pooled, Floats.asList(scales), sizes);
    }

    /**
     * Returns the same prompts with sizes.
     *
     * @param each sizes for all prompts, or those of each
     * @return the new conditioning, sharing the embeddings
     */
    public Conditioning withSizes(List<PictureSizes> each) {
        return new Conditioning(tokens, pooled, guidance, each);
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

package io.github.icthp.diffusion;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

import java.util.OptionalDouble;

/**
 * What a transformer is told about the pictures to make: the encoded prompts of a batch.
 *
 * @param tokens token embeddings (B, L, E)
 * @param pooled pooled embedding (B, P)
 * @param guidance distilled guidance scale, for models that take one as an input (FLUX.1-dev)
 */
public record Conditioning(NDArray tokens, NDArray pooled, OptionalDouble guidance) {

    /**
     * Checks that both embeddings are of one batch.
     *
     * @param tokens token embeddings (B, L, E)
     * @param pooled pooled embedding (B, P)
     * @param guidance distilled guidance scale
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
    }

    /**
     * Conditions on prompts alone.
     *
     * @param tokens token embeddings (B, L, E)
     * @param pooled pooled embedding (B, P)
     */
    public Conditioning(NDArray tokens, NDArray pooled) {
        this(tokens, pooled, OptionalDouble.empty());
    }

    /**
     * Returns the same prompts with a distilled guidance scale.
     *
     * @param scale the guidance scale
     * @return the new conditioning, sharing the embeddings
     */
    public Conditioning withGuidance(double scale) {
        return new Conditioning(tokens, pooled, OptionalDouble.of(scale));
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

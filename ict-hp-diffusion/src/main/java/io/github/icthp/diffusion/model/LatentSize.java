package io.github.icthp.diffusion.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import com.google.common.base.Preconditions;

/**
 * Height and width of latents, which are an eighth of the picture's.
 *
 * @param rows latent rows
 * @param columns latent columns
 */
public record LatentSize(int rows, int columns) {

    /**
     * Reads the size of latents.
     *
     * @param latents (B, C, h, w)
     * @param channels the C that the transformer expects
     * @param patch what h and w must be multiples of
     * @return h and w
     * @throws IllegalArgumentException if the latents are not of that form
     */
    public static LatentSize of(NDArray latents, int channels, int patch) {
        Shape shape = latents.getShape();
        Preconditions.checkArgument(
                shape.dimension() == 4
                        && shape.get(1) == channels
                        && shape.get(2) % patch == 0
                        && shape.get(3) % patch == 0,
                "predict: expected latents (B, %s, h, w) with h and w multiples of %s, got %s",
                channels,
                patch,
                shape);
        return new LatentSize((int) shape.get(2), (int) shape.get(3));
    }
}

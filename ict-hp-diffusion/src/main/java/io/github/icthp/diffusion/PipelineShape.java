package io.github.icthp.diffusion;

import com.google.common.base.Preconditions;

import io.github.icthp.diffusion.model.LinearShape;

import java.util.Map;

/**
 * What configurations tell of a pipeline's models before any is loaded.
 *
 * @param sizeUnit what a picture's width and height must be multiples of, in pixels
 * @param longestSide the longest side that a picture may have, in pixels
 * @param guided whether the transformer takes a distilled guidance scale, as FLUX.1-dev does
 * @param linears the transformer's layers that may be adapted, by path
 */
public record PipelineShape(
        int sizeUnit, int longestSide, boolean guided, Map<String, LinearShape> linears) {

    /** The longest side where the model sets no limit. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    /**
     * Checks a picture's size.
     *
     * @param width in pixels
     * @param height in pixels
     * @throws IllegalArgumentException if the models cannot make pictures of that size
     */
    public void requireSize(int width, int height) {
        requireMultiples(sizeUnit, width, height);
        Preconditions.checkArgument(
                width <= longestSide && height <= longestSide,
                "DiffusionPipeline: this model makes pictures of at most %s pixels a side, got %s x"
                        + " %s",
                longestSide,
                width,
                height);
    }

    /** Checks that a size is made of whole tokens of so many pixels a side. */
    static void requireMultiples(int unit, int width, int height) {
        Preconditions.checkArgument(
                width > 0 && height > 0 && width % unit == 0 && height % unit == 0,
                "DiffusionPipeline: width and height must be multiples of %s, got %s x %s",
                unit,
                width,
                height);
    }
}

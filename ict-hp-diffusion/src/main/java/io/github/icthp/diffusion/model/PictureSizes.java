package io.github.icthp.diffusion.model;

import com.google.common.base.Preconditions;

/**
 * What SDXL is told of a picture's sizes (Podell et al. 2023, arXiv 2307.01952, sections 2.2 and
 * 2.3), in pixels.
 *
 * @param originalHeight height of the picture before it was scaled for training
 * @param originalWidth its width then
 * @param cropTop rows that were cut off above
 * @param cropLeft columns that were cut off on the left
 * @param targetHeight height of the picture to make
 * @param targetWidth its width
 */
public record PictureSizes(
        int originalHeight,
        int originalWidth,
        int cropTop,
        int cropLeft,
        int targetHeight,
        int targetWidth) {

    /**
     * Checks the sizes.
     *
     * @param originalHeight height of the picture before it was scaled for training
     * @param originalWidth its width then
     * @param cropTop rows that were cut off above
     * @param cropLeft columns that were cut off on the left
     * @param targetHeight height of the picture to make
     * @param targetWidth its width
     * @throws IllegalArgumentException if a height or width is not positive
     */
    public PictureSizes {
        Preconditions.checkArgument(
                originalHeight > 0 && originalWidth > 0 && targetHeight > 0 && targetWidth > 0,
                "PictureSizes: heights and widths must be positive, got %s x %s and %s x %s",
                originalHeight,
                originalWidth,
                targetHeight,
                targetWidth);
    }

    /**
     * Returns the sizes of a picture that was neither scaled nor cropped.
     *
     * @param width its width
     * @param height its height
     * @return the sizes
     */
    public static PictureSizes of(int width, int height) {
        return new PictureSizes(height, width, 0, 0, height, width);
    }

    /**
     * Returns the values in the order in which a UNet takes them.
     *
     * @return original height and width, crop top and left, target height and width
     */
    public float[] values() {
        return new float[] {
            originalHeight, originalWidth, cropTop, cropLeft, targetHeight, targetWidth
        };
    }
}

package io.github.icthp.image;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.function.Supplier;

/**
 * A decoded picture: 8-bit RGB, row after row, three bytes a pixel. Immutable.
 *
 * @see ImageDecoder
 */
public final class RgbImage {

    private final int width;
    private final int height;
    private final byte[] rgb;
    private final boolean indexed;
    private final @Nullable Supplier<RgbImage> alpha;

    private RgbImage(
            int width,
            int height,
            byte[] rgb,
            boolean indexed,
            @Nullable Supplier<RgbImage> alpha) {
        this.width = width;
        this.height = height;
        this.rgb = rgb;
        this.indexed = indexed;
        this.alpha = alpha;
    }

    /**
     * Makes a picture of pixels that a program has computed.
     *
     * @param width pixels in a row
     * @param height rows
     * @param rgb height*width*3 bytes, copied
     * @return the picture
     * @throws IllegalArgumentException if a side is not positive or the bytes are too few or many
     */
    public static RgbImage of(int width, int height, byte[] rgb) {
        return wrap(width, height, rgb.clone());
    }

    /** Makes a picture of bytes that nobody will change. */
    static RgbImage wrap(int width, int height, byte[] rgb) {
        if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
            throw new IllegalArgumentException(
                    "RgbImage: width and height must be positive with width*height*3 bytes, got "
                            + width
                            + "x"
                            + height
                            + " and "
                            + rgb.length
                            + " bytes");
        }
        return new RgbImage(width, height, rgb, false, null);
    }

    /**
     * Returns the width.
     *
     * @return pixels in a row
     */
    public int width() {
        return width;
    }

    /**
     * Returns the height.
     *
     * @return rows
     */
    public int height() {
        return height;
    }

    /**
     * Returns the pixels.
     *
     * @return a copy, height*width*3 bytes
     */
    public byte[] rgb() {
        return rgb.clone();
    }

    /** Says that pixels were stored as indices, or as single bits: not to be averaged. */
    RgbImage asIndexed() {
        return new RgbImage(width, height, rgb, true, alpha);
    }

    boolean isIndexed() {
        return indexed;
    }

    /** Says how to read the alpha that was dropped, as a gray picture of the same size. */
    RgbImage withAlpha(Supplier<RgbImage> source) {
        return new RgbImage(width, height, rgb, indexed, source);
    }

    /** How to read the alpha that was dropped, or null if there was none. */
    @Nullable Supplier<RgbImage> alpha() {
        return alpha;
    }

    /** The pixels themselves: to be read only. */
    byte[] pixels() {
        return rgb;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RgbImage image
                && image.width == width
                && image.height == height
                && Arrays.equals(image.rgb, rgb);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * width + height) + Arrays.hashCode(rgb);
    }

    @Override
    public String toString() {
        return "RgbImage[" + width + "x" + height + "]";
    }
}

package io.github.icthp.mask2former;

import java.util.BitSet;

/** The pixels of a picture that an object covers. Immutable. */
public final class ObjectMask {

    private final int width;
    private final int height;
    private final BitSet pixels;

    private ObjectMask(int width, int height, BitSet pixels) {
        this.width = width;
        this.height = height;
        this.pixels = pixels;
    }

    /**
     * Makes a mask.
     *
     * @param width pixels in a row of the picture
     * @param height rows
     * @param pixels the covered pixels, row after row; copied
     * @return the mask
     * @throws IllegalArgumentException if a side is not positive or a pixel lies outside
     */
    public static ObjectMask of(int width, int height, BitSet pixels) {
        if (width < 1 || height < 1 || pixels.length() > (long) width * height) {
            throw new IllegalArgumentException(
                    "ObjectMask: expected pixels in a picture with positive sides, got "
                            + width
                            + "x"
                            + height
                            + " and a pixel at "
                            + (pixels.length() - 1));
        }
        return new ObjectMask(width, height, (BitSet) pixels.clone());
    }

    /** Makes a mask of one byte for each pixel, not 0 where the object is. */
    static ObjectMask ofBytes(int width, int height, byte[] bytes) {
        BitSet pixels = new BitSet(bytes.length);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != 0) {
                pixels.set(i);
            }
        }
        return new ObjectMask(width, height, pixels);
    }

    /**
     * Returns the picture's width.
     *
     * @return pixels in a row
     */
    public int width() {
        return width;
    }

    /**
     * Returns the picture's height.
     *
     * @return rows
     */
    public int height() {
        return height;
    }

    /**
     * Says whether the object covers a pixel.
     *
     * @param x the column, from 0
     * @param y the row, from 0
     * @return true if it does
     */
    public boolean covers(int x, int y) {
        return pixels.get(y * width + x);
    }

    /**
     * Returns the covered pixels.
     *
     * @return a copy, row after row
     */
    public BitSet pixels() {
        return (BitSet) pixels.clone();
    }

    /** The box around the covered pixels: left, top, one past right, one past bottom; or zeros. */
    int[] box() {
        if (pixels.isEmpty()) {
            return new int[4];
        }
        int left = width;
        int right = 0;
        for (int y = pixels.nextSetBit(0) / width; y < height; y++) {
            int first = pixels.nextSetBit(y * width);
            if (first < 0) {
                break;
            }
            if (first < (y + 1) * width) {
                left = Math.min(left, first - y * width);
                right = Math.max(right, pixels.previousSetBit((y + 1) * width - 1) - y * width + 1);
            }
        }
        return new int[] {
            left, pixels.nextSetBit(0) / width, right, (pixels.length() - 1) / width + 1
        };
    }
}

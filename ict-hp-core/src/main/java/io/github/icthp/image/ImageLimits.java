package io.github.icthp.image;

/**
 * How large a picture may be, so that a small file cannot claim all memory.
 *
 * @param maxPixels most pixels of a picture
 */
record ImageLimits(long maxPixels) {

    /** RGB bytes of a picture lie in one array. */
    private static final long ARRAY = (Integer.MAX_VALUE - 16) / 3;

    ImageLimits {
        if (maxPixels < 1 || maxPixels > ARRAY) {
            throw new IllegalArgumentException(
                    "ImageDecoder: maxPixels must be in 1.." + ARRAY + ", got " + maxPixels);
        }
    }

    void check(int width, int height) throws ImageFormatException {
        if (width < 1 || height < 1) {
            throw new ImageFormatException("picture has no pixels: " + width + "x" + height);
        }
        if ((long) width * height > maxPixels) {
            throw new ImageFormatException(
                    "picture of "
                            + width
                            + "x"
                            + height
                            + " pixels is over the limit of "
                            + maxPixels
                            + " (ImageDecoder.withMaxPixels raises it)");
        }
    }
}

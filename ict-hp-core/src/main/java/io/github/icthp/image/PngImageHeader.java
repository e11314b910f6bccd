package io.github.icthp.image;

import java.nio.ByteBuffer;

/**
 * What a PNG file says of itself in its IHDR chunk.
 *
 * @param width pixels in a row
 * @param height rows
 * @param depth bits of a sample: 1, 2, 4, 8 or 16
 * @param color one of the constants here
 * @param interlaced whether the rows come in Adam7's seven passes
 */
record PngImageHeader(int width, int height, int depth, int color, boolean interlaced) {

    static final int GRAY = 0;
    static final int RGB = 2;
    static final int PALETTE = 3;
    static final int GRAY_ALPHA = 4;
    static final int RGB_ALPHA = 6;

    static PngImageHeader parse(ByteBuffer chunk) throws ImageFormatException {
        if (chunk.remaining() < 13) {
            throw new ImageFormatException("PNG header is cut off");
        }
        int width = chunk.getInt();
        int height = chunk.getInt();
        int depth = chunk.get();
        int color = chunk.get();
        boolean known = chunk.getShort() == 0; // compression and filter method
        int interlace = chunk.get();
        if (!known || interlace < 0 || interlace > 1 || !allowed(color, depth)) {
            throw new ImageFormatException(
                    "PNG header names an unknown kind: color type "
                            + color
                            + ", bit depth "
                            + depth
                            + ", interlace "
                            + interlace);
        }
        PngImageHeader header = new PngImageHeader(width, height, depth, color, interlace == 1);
        if ((long) width * header.samples() * depth > Integer.MAX_VALUE) {
            throw new ImageFormatException("PNG row of " + width + " pixels is too long");
        }
        return header;
    }

    private static boolean allowed(int color, int depth) {
        return switch (color) {
            case GRAY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
            case PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
            case RGB, GRAY_ALPHA, RGB_ALPHA -> depth == 8 || depth == 16;
            default -> false;
        };
    }

    int samples() {
        return switch (color) {
            case RGB -> 3;
            case GRAY_ALPHA -> 2;
            case RGB_ALPHA -> 4;
            default -> 1;
        };
    }

    /** Bytes of a row of {@code pixels}, without the filter's. */
    int rowBytes(int pixels) {
        return (int) (((long) pixels * samples() * depth + 7) / 8); // checked in parse
    }

    /** How far back the filters look for the pixel to the left. */
    int filterDistance() {
        return Math.max(1, samples() * depth / 8);
    }
}

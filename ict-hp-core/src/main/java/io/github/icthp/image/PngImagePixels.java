package io.github.icthp.image;

/**
 * Turns restored PNG rows into RGB as Pillow does: alpha dropped, 16-bit colors cut to their high
 * byte, 16-bit gray clipped at 255, fewer bits of gray spread over 0..255.
 */
final class PngImagePixels {

    private final PngImageHeader header;
    private final byte[] palette;
    private final byte[] rgb;
    private final boolean alpha;

    /**
     * Prepares for rows.
     *
     * @param header the picture's kind
     * @param palette 256 colors
     * @param rgb receives the pixels
     * @param alpha whether the last sample of every pixel is wanted in place of its color
     */
    PngImagePixels(PngImageHeader header, byte[] palette, byte[] rgb, boolean alpha) {
        this.header = header;
        this.alpha = alpha;
        this.palette = palette;
        this.rgb = rgb;
    }

    /**
     * Writes a row.
     *
     * @param row holds its bytes
     * @param from where they start
     * @param pixels how many pixels it has
     * @param place the first pixel's number in the picture
     * @param step from one pixel's number to the next one's
     */
    void put(byte[] row, int from, int pixels, int place, int step) {
        if (header.color() == PngImageHeader.PALETTE) {
            for (int i = 0, p = place; i < pixels; i++, p += step) {
                System.arraycopy(palette, 3 * bits(row, from, i), rgb, 3 * p, 3);
            }
        } else if (header.depth() < 8) {
            int spread = 255 / ((1 << header.depth()) - 1);
            for (int i = 0, p = place; i < pixels; i++, p += step) {
                putGray(p, bits(row, from, i) * spread);
            }
        } else if (header.color() == PngImageHeader.GRAY && header.depth() == 16) {
            for (int i = 0, p = place; i < pixels; i++, p += step) {
                putGray(p, row[from + 2 * i] == 0 ? row[from + 2 * i + 1] : 255);
            }
        } else {
            putSamples(row, from, pixels, place, step);
        }
    }

    /** Samples of whole bytes: red, green and blue, or one gray for all three. */
    private void putSamples(byte[] row, int from, int pixels, int place, int step) {
        int bytes = header.depth() / 8;
        int pixel = header.samples() * bytes;
        if (pixel == 3 && step == 1) {
            System.arraycopy(row, from, rgb, 3 * place, 3 * pixels);
            return;
        }
        int next = header.samples() >= 3 && !alpha ? bytes : 0;
        int first = alpha ? from + pixel - bytes : from;
        for (int i = first, p = 3 * place; i < first + pixels * pixel; i += pixel, p += 3 * step) {
            rgb[p] = row[i];
            rgb[p + 1] = row[i + next];
            rgb[p + 2] = row[i + 2 * next];
        }
    }

    private void putGray(int place, int value) {
        rgb[3 * place] = (byte) value;
        rgb[3 * place + 1] = (byte) value;
        rgb[3 * place + 2] = (byte) value;
    }

    /** Returns the sample of pixel {@code i}, of at most eight bits. */
    private int bits(byte[] row, int from, int i) {
        int depth = header.depth();
        int bit = i * depth; // a row has at most 2^31 bits: see PngImageHeader
        return row[from + (bit >> 3)] >> (8 - depth - (bit & 7)) & ((1 << depth) - 1);
    }
}

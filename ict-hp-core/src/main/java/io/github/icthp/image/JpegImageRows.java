package io.github.icthp.image;

/**
 * Interpolates the rows of a JPEG component that has only every second row, as libjpeg-turbo does
 * ({@code h1v2_fancy_upsample} in its jdsample.c).
 *
 * <p>Java runtimes disagree here: those that use the system's libjpeg-turbo interpolate, those that
 * carry libjpeg 6b, such as most builds other than a Linux distribution's, repeat each row. Rows
 * that are repeated without exception are the component's own rows. This holds for an interpolating
 * decoder too: its first output row is the first row itself, and as long as each output row equals
 * its partner, neighboring rows differ too little for interpolation to change any of them.
 */
final class JpegImageRows {

    private final byte[] samples;
    private final int stride;
    private final int step;
    private final int first;
    private final int rows;

    /**
     * Works on one component of interleaved samples.
     *
     * @param samples all components of all rows, changed in place
     * @param stride samples of a row
     * @param step samples of a pixel
     * @param first the component's number
     */
    JpegImageRows(byte[] samples, int stride, int step, int first) {
        this.samples = samples;
        this.stride = stride;
        this.step = step;
        this.first = first;
        this.rows = samples.length / stride;
    }

    /** Interpolates the rows unless the decoder did. */
    void smooth() {
        if (!areRepeated()) {
            return;
        }
        byte[] above = new byte[stride];
        System.arraycopy(samples, 0, above, 0, stride);
        for (int y = 0; y < rows; y += 2) {
            smooth(y, above);
        }
    }

    private boolean areRepeated() {
        for (int y = 0; y + 1 < rows; y += 2) {
            int row = y * stride;
            for (int i = row + first; i < row + stride; i += step) {
                if (samples[i] != samples[i + stride]) {
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * Computes an output row and its partner: three parts of the row that they come from and one of
     * its neighbor above or below.
     */
    private void smooth(int y, byte[] above) {
        int upper = y * stride;
        int partner = y + 1 < rows ? upper + stride : upper;
        int below = y + 2 < rows ? upper + 2 * stride : upper;
        for (int x = first; x < stride; x += step) {
            int row = samples[upper + x] & 0xFF;
            int next = samples[below + x] & 0xFF;
            samples[partner + x] = (byte) ((3 * row + next + 2) >> 2);
            samples[upper + x] = (byte) ((3 * row + (above[x] & 0xFF) + 1) >> 2);
            above[x] = (byte) row;
        }
    }
}

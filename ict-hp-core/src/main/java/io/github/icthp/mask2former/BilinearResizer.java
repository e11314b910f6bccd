package io.github.icthp.mask2former;

import io.github.icthp.image.RgbImage;
import io.github.icthp.mask2former.DetectorPixels.Size;

/**
 * OpenCV's {@code resize(..., INTER_LINEAR)} of 8-bit samples, byte for byte: weights of 11 bits,
 * sums shifted in its order; exact halving averages four pixels.
 */
final class BilinearResizer {

    private static final float ONE = 2048;
    private static final int ROW_SHIFT = 4;
    private static final int SUM_SHIFT = 16;

    private BilinearResizer() {}

    /** Weights along one direction: for each result two samples and the share of each. */
    private static final class Line {

        private final int[] first;
        private final int[] second;
        private final int[] weights;

        /** Columns beyond the edge weigh nothing; rows beyond it are the edge's, and weigh. */
        Line(int old, int made, boolean columns) {
            first = new int[made];
            second = new int[made];
            weights = new int[2 * made];
            double scale = 1 / ((double) made / old);
            for (int d = 0; d < made; d++) {
                float place = (float) ((d + 0.5) * scale - 0.5);
                int i = (int) Math.floor(place);
                float share = place - i;
                if (columns && (i < 0 || i >= old - 1)) {
                    i = i < 0 ? 0 : old - 1;
                    share = 0;
                }
                first[d] = Math.max(0, Math.min(i, old - 1));
                second[d] = Math.max(0, Math.min(i + 1, old - 1));
                weights[2 * d] = (int) Math.rint((1 - share) * ONE);
                weights[2 * d + 1] = (int) Math.rint(share * ONE);
            }
        }
    }

    static byte[] resize(RgbImage image, Size size) {
        byte[] rgb = image.rgb();
        if (image.height() == 2 * size.height() && image.width() == 2 * size.width()) {
            return halve(rgb, image.width(), size);
        }
        Line across = new Line(image.width(), size.width(), true);
        Line down = new Line(image.height(), size.height(), false);
        byte[] resized = new byte[3 * size.height() * size.width()];
        int[] upper = new int[3 * size.width()];
        int[] lower = new int[3 * size.width()];
        for (int y = 0; y < size.height(); y++) {
            row(rgb, down.first[y] * image.width(), across, upper);
            row(rgb, down.second[y] * image.width(), across, lower);
            int w0 = down.weights[2 * y];
            int w1 = down.weights[2 * y + 1];
            int at = y * upper.length;
            for (int x = 0; x < upper.length; x++) {
                int sum =
                        ((w0 * (upper[x] >> ROW_SHIFT)) >> SUM_SHIFT)
                                + ((w1 * (lower[x] >> ROW_SHIFT)) >> SUM_SHIFT);
                resized[at + x] = (byte) ((sum + 2) >> 2);
            }
        }
        return resized;
    }

    private static void row(byte[] rgb, int start, Line across, int[] sums) {
        for (int x = 0; x < across.first.length; x++) {
            int first = 3 * (start + across.first[x]);
            int second = 3 * (start + across.second[x]);
            int w0 = across.weights[2 * x];
            int w1 = across.weights[2 * x + 1];
            for (int c = 0; c < 3; c++) {
                sums[3 * x + c] = (rgb[first + c] & 0xFF) * w0 + (rgb[second + c] & 0xFF) * w1;
            }
        }
    }

    private static byte[] halve(byte[] rgb, int width, Size size) {
        byte[] halved = new byte[3 * size.height() * size.width()];
        for (int y = 0; y < size.height(); y++) {
            for (int x = 0; x < size.width(); x++) {
                for (int c = 0; c < 3; c++) {
                    int at = 3 * (2 * y * width + 2 * x) + c;
                    int below = at + 3 * width;
                    int sum =
                            (rgb[at] & 0xFF)
                                    + (rgb[at + 3] & 0xFF)
                                    + (rgb[below] & 0xFF)
                                    + (rgb[below + 3] & 0xFF);
                    halved[3 * (y * size.width() + x) + c] = (byte) ((sum + 2) >> 2);
                }
            }
        }
        return halved;
    }
}

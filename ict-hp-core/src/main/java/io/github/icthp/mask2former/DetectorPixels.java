package io.github.icthp.mask2former;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.image.RgbImage;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * Prepares pictures as mmdet's test pipeline for COCO does, value for value: OpenCV's bilinear
 * resize of 8-bit samples, padding with gray, normalization.
 *
 * @param longSide the most pixels of the longer side
 * @param shortSide the most pixels of the shorter side
 */
record DetectorPixels(int longSide, int shortSide) {

    /** The sizes of the released configuration. */
    static final DetectorPixels COCO = new DetectorPixels(1333, 800);

    private static final int DIVISOR = 32;
    private static final byte GREY = (byte) 128;
    private static final int LEVELS = 256;
    private static final float[] MEAN = {123.675f, 116.28f, 103.53f};
    private static final double[] STANDARD_DEVIATION = {58.395, 57.12, 57.375};
    private static final float[][] TABLE = table();

    /**
     * The sizes that a picture passes through.
     *
     * @param original of the picture
     * @param resized of the resized picture
     * @param padded of what the network reads
     */
    record Sizes(Size original, Size resized, Size padded) {}

    /**
     * Height and width.
     *
     * @param height rows
     * @param width columns
     */
    record Size(int height, int width) {

        long[] toArray() {
            return new long[] {height, width};
        }
    }

    /**
     * A picture ready for the network.
     *
     * @param values float32, [3][padded height][padded width]
     * @param sizes how it was made
     */
    record Prepared(ByteBuffer values, Sizes sizes) {

        /** The values as (1, 3, H, W), with memory of their own, on the CPU. */
        NDArray tensor() {
            Size size = sizes.padded();
            return TensorScope.current().manager().getDevice().isGpu()
                    ? onCpu(size)
                    : Tensors.copy(wrap(size));
        }

        private NDArray onCpu(Size size) {
            NDArray made;
            try (TensorScope scope = TensorScope.open(ai.djl.Device.cpu())) {
                made = scope.keep(Tensors.copy(wrap(size)));
            }
            return made;
        }

        private NDArray wrap(Size size) {
            return Tensors.wrap(
                    values, DType.FLOAT32, new Shape(1, 3, size.height(), size.width()));
        }
    }

    private static float[][] table() {
        float[][] table = new float[3][LEVELS];
        for (int c = 0; c < 3; c++) {
            for (int level = 0; level < LEVELS; level++) {
                double inverse = 1 / STANDARD_DEVIATION[c];
                table[c][level] = (float) ((level - MEAN[c]) * inverse);
            }
        }
        return table;
    }

    /** What a level of red, green or blue becomes. */
    static float value(int color, int level) {
        return TABLE[color][level];
    }

    Sizes sizes(int height, int width) {
        double scale =
                Math.min(
                        (double) longSide / Math.max(height, width),
                        (double) shortSide / Math.min(height, width));
        Size resized = new Size(scaled(height, scale), scaled(width, scale));
        return new Sizes(
                new Size(height, width),
                resized,
                new Size(padded(resized.height()), padded(resized.width())));
    }

    private static int scaled(int side, double scale) {
        return Math.max(1, (int) (side * scale + 0.5));
    }

    private static int padded(int side) {
        return (side + DIVISOR - 1) / DIVISOR * DIVISOR;
    }

    Prepared prepare(RgbImage image) {
        Sizes sizes = sizes(image.height(), image.width());
        byte[] rgb = resize(image, sizes.resized());
        Size size = sizes.padded();
        int plane = size.height() * size.width();
        ByteBuffer values =
                ByteBuffer.allocateDirect(3 * plane * Float.BYTES).order(ByteOrder.nativeOrder());
        FloatBuffer floats = values.asFloatBuffer();
        float[] row = new float[size.width()];
        for (int c = 0; c < 3; c++) {
            for (int y = 0; y < size.height(); y++) {
                for (int x = 0; x < row.length; x++) {
                    row[x] = TABLE[c][level(rgb, sizes.resized(), y, x, c) & 0xFF];
                }
                floats.put(c * plane + y * row.length, row);
            }
        }
        return new Prepared(values, sizes);
    }

    private static byte level(byte[] rgb, Size size, int y, int x, int color) {
        return y < size.height() && x < size.width()
                ? rgb[3 * (y * size.width() + x) + color]
                : GREY;
    }

    static byte[] resize(RgbImage image, Size size) {
        return image.height() == size.height() && image.width() == size.width()
                ? image.rgb()
                : BilinearResizer.resize(image, size);
    }
}

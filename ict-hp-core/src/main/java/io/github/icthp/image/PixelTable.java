package io.github.icthp.image;

import java.nio.ByteBuffer;

/**
 * What each of the 256 levels of red, green and blue becomes: times the factor in double, rounded
 * to float, less the mean and divided by the deviation in float, as transformers computes it.
 */
final class PixelTable {

    private static final int LEVELS = 256;

    private final float[][] floats = new float[3][LEVELS];
    private final short[][] halves = new short[3][LEVELS];

    PixelTable(ImageConfig config) {
        for (int c = 0; c < 3; c++) {
            float mean = config.mean().get(c).floatValue();
            float std = config.std().get(c).floatValue();
            for (int level = 0; level < LEVELS; level++) {
                float value = ((float) (level * config.rescaleFactor()) - mean) / std;
                floats[c][level] = value;
                halves[c][level] = toBfloat16(value);
            }
        }
    }

    /** Rounds to the nearest bfloat16, ties to even. */
    static short toBfloat16(float value) {
        int bits = Float.floatToIntBits(value);
        int odd = bits >>> 16 & 1;
        return (short) ((bits + 0x7FFF + odd) >>> 16);
    }

    /** Returns what a level of a color becomes. */
    float value(int color, int level) {
        return floats[color][level];
    }

    /** Writes a picture color by color ([3][H][W]) to the start of a buffer. */
    void write(RgbImage image, PixelType type, ByteBuffer target) {
        byte[] rgb = image.pixels();
        int plane = rgb.length / 3;
        for (int c = 0; c < 3; c++) {
            switch (type) {
                case FLOAT32 -> target.asFloatBuffer().put(c * plane, floats(rgb, c));
                case BFLOAT16 -> target.asShortBuffer().put(c * plane, halves(rgb, c));
            }
        }
    }

    private float[] floats(byte[] rgb, int color) {
        float[] table = floats[color];
        float[] values = new float[rgb.length / 3];
        for (int i = 0; i < values.length; i++) {
            values[i] = table[rgb[3 * i + color] & 0xFF];
        }
        return values;
    }

    private short[] halves(byte[] rgb, int color) {
        short[] table = halves[color];
        short[] values = new short[rgb.length / 3];
        for (int i = 0; i < values.length; i++) {
            values[i] = table[rgb[3 * i + color] & 0xFF];
        }
        return values;
    }
}

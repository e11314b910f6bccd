package io.github.icthp.clip.vp8;

import java.util.Arrays;

/**
 * One of the frame's planes: Y, U or V. It has a row above and a column to the left of the picture,
 * with the values that predictions find there.
 */
final class Vp8Plane {

    private static final byte ABOVE = 127;
    private static final byte LEFT = (byte) 129;

    /** Blocks on the right edge of the first row look beyond it. */
    private static final int MARGIN = 4;

    private final byte[] samples;
    private final int stride;

    Vp8Plane(int width, int height) {
        this.stride = 1 + width + MARGIN;
        this.samples = new byte[Math.multiplyExact(stride, height + 1)];
        for (int y = 1; y <= height; y++) {
            samples[y * stride] = LEFT;
        }
        Arrays.fill(samples, 0, stride, ABOVE);
    }

    /** Returns the place of a sample; that below it is {@link #stride} further. */
    int place(int x, int y) {
        return (y + 1) * stride + x + 1;
    }

    int stride() {
        return stride;
    }

    int get(int place) {
        return samples[place] & 0xFF;
    }

    void set(int place, int value) {
        samples[place] = (byte) value;
    }

    /** Sets a sample to a value, or the nearest in 0..255. */
    void clip(int place, int value) {
        samples[place] = (byte) Math.max(0, Math.min(255, value));
    }

    void add(int place, int change) {
        clip(place, get(place) + change);
    }
}

package io.github.icthp.clip.vp8;

/** Predicts squares of a plane from the samples around them (RFC 6386, section 12.2). */
final class Vp8Prediction {

    private static final int NO_NEIGHBOURS = 128;

    private final Vp8Plane plane;

    Vp8Prediction(Vp8Plane plane) {
        this.plane = plane;
    }

    /**
     * Predicts a macroblock's square: 16 x 16 of luma or 8 x 8 of chroma.
     *
     * @param mode one of the first four
     * @param size its side
     * @param x its first column
     * @param y its first row
     */
    void predict(int mode, int size, int x, int y) {
        int place = plane.place(x, y);
        switch (mode) {
            case Vp8Macroblock.DC -> fill(place, size, mean(place, size, x > 0, y > 0));
            case Vp8Macroblock.TRUE_MOTION -> trueMotion(place, size);
            case Vp8Macroblock.VERTICAL -> copyDown(place, size);
            default -> copyAcross(place, size);
        }
    }

    private int mean(int place, int size, boolean hasLeft, boolean hasAbove) {
        int sum = 0;
        for (int i = 0; i < size; i++) {
            sum += hasAbove ? plane.get(place - plane.stride() + i) : 0;
            sum += hasLeft ? plane.get(place - 1 + i * plane.stride()) : 0;
        }
        int count = size * ((hasLeft ? 1 : 0) + (hasAbove ? 1 : 0));
        return count == 0 ? NO_NEIGHBOURS : (sum + count / 2) / count;
    }

    private void fill(int place, int size, int value) {
        for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
                plane.set(place + y * plane.stride() + x, value);
            }
        }
    }

    /** Each sample differs from that on the left edge as that above does from the corner. */
    void trueMotion(int place, int size) {
        int top = place - plane.stride();
        int corner = plane.get(top - 1);
        for (int y = 0; y < size; y++) {
            int row = place + y * plane.stride();
            int left = plane.get(row - 1);
            for (int x = 0; x < size; x++) {
                plane.clip(row + x, left + plane.get(top + x) - corner);
            }
        }
    }

    private void copyDown(int place, int size) {
        int top = place - plane.stride();
        for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
                plane.set(place + y * plane.stride() + x, plane.get(top + x));
            }
        }
    }

    private void copyAcross(int place, int size) {
        for (int y = 0; y < size; y++) {
            int row = place + y * plane.stride();
            int left = plane.get(row - 1);
            for (int x = 0; x < size; x++) {
                plane.set(row + x, left);
            }
        }
    }
}

package io.github.icthp.clip.vp8;

/**
 * Predicts 4x4 blocks of luma (RFC 6386, section 12.3): by true motion, or from weighted means of
 * the samples along the block's edge, which are taken in directions.
 */
final class Vp8BlockPrediction {

    private static final int SIDE = 4;

    // places along the edge: from the bottom left up (L K J I), the corner, then above (A..H)
    private static final int LOWEST = 0;
    private static final int LEFT = 3;
    private static final int CORNER = 4;
    private static final int ABOVE = 5;
    private static final int LAST = 12;

    private final Vp8Plane plane;
    private final Vp8Prediction squares;
    private final int[] edge = new int[LAST + 1];

    Vp8BlockPrediction(Vp8Plane plane) {
        this.plane = plane;
        this.squares = new Vp8Prediction(plane);
    }

    /**
     * Predicts a block.
     *
     * @param mode one of ten
     * @param place where it is in the plane
     * @param aboveRight where the four samples are that count as above its right neighbour
     */
    void predict(int mode, int place, int aboveRight) {
        if (mode == Vp8Macroblock.TRUE_MOTION) {
            squares.trueMotion(place, SIDE);
            return;
        }
        int top = place - plane.stride();
        for (int i = 0; i < SIDE; i++) {
            edge[LEFT - i] = plane.get(place - 1 + i * plane.stride());
            edge[ABOVE + i] = plane.get(top + i);
            edge[ABOVE + SIDE + i] = plane.get(aboveRight + i);
        }
        edge[CORNER] = plane.get(top - 1);
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                plane.set(place + y * plane.stride() + x, value(mode, x, y));
            }
        }
    }

    private int value(int mode, int x, int y) {
        return switch (mode) {
            case 0 -> mean();
            case 2 -> three(ABOVE + x);
            case 3 -> three(LEFT - y);
            case 4 -> three(CORNER + x - y);
            case 5 -> steepRight(2 * x - y);
            case 6 -> three(ABOVE + 1 + x + y);
            case 7 -> steepLeft(x, y);
            case 8 -> flatDown(2 * y - x);
            default -> flatUp(x + 2 * y);
        };
    }

    private int mean() {
        int sum = SIDE;
        for (int i = 0; i < SIDE; i++) {
            sum += edge[LOWEST + i] + edge[ABOVE + i];
        }
        return sum >> 3;
    }

    private int steepRight(int i) {
        if (i < 0) {
            return three(ABOVE + i);
        }
        return i % 2 == 0 ? two(CORNER + i / 2) : three(CORNER + (i + 1) / 2);
    }

    private int flatDown(int i) {
        if (i < 0) {
            return three(LEFT - i);
        }
        return i % 2 == 0 ? two(LEFT - i / 2) : three(CORNER - (i + 1) / 2);
    }

    private int steepLeft(int x, int y) {
        if (x == 3 && y >= 2) {
            return three(ABOVE + 3 + y);
        }
        return y % 2 == 0 ? two(ABOVE + x + y / 2) : three(ABOVE + 1 + x + y / 2);
    }

    private int flatUp(int i) {
        if (i >= 6) {
            return edge[LOWEST];
        }
        return i % 2 == 0 ? two(2 - i / 2) : three(2 - i / 2);
    }

    /** The mean of a sample on the edge and the next. */
    private int two(int i) {
        return (edge[i] + edge[i + 1] + 1) >> 1;
    }

    /** The mean of a sample, taken twice, and its neighbours; at the ends itself once more. */
    private int three(int i) {
        int before = edge[Math.max(i - 1, LOWEST)];
        int after = edge[Math.min(i + 1, LAST)];
        return (before + 2 * edge[i] + after + 2) >> 2;
    }
}

package io.github.icthp.clip.vp8;

/** Smooths the edges of blocks once all are decoded (RFC 6386, section 15). */
final class Vp8LoopFilter {

    private final Vp8Plane plane;
    private final int side;

    /**
     * Works on a plane.
     *
     * @param plane the plane
     * @param side of a macroblock's square in it: 16 or 8
     */
    Vp8LoopFilter(Vp8Plane plane, int side) {
        this.plane = plane;
        this.side = side;
    }

    /**
     * Smooths a macroblock's left and inner, then its upper and inner edges.
     *
     * @param column its column
     * @param row its row
     * @param strength how strongly
     * @param inner whether edges between its blocks are smoothed
     */
    void filter(int column, int row, Vp8Smoothing strength, boolean inner) {
        int place = plane.place(column * side, row * side);
        filter(place, 1, strength, column > 0, inner);
        filter(place, plane.stride(), strength, row > 0, inner);
    }

    /** Smooths edges of one direction; {@code across} leads from one side of them to the other. */
    private void filter(
            int place, int across, Vp8Smoothing strength, boolean outer, boolean inner) {
        if (outer) {
            edge(place, across, strength, true);
        }
        for (int i = 4; inner && i < side; i += 4) {
            edge(place + i * across, across, strength, false);
        }
    }

    private void edge(int place, int across, Vp8Smoothing strength, boolean outer) {
        int along = across == 1 ? plane.stride() : 1;
        int limit = 2 * (strength.limit() + (outer ? 4 : 0)) + 1;
        for (int i = 0; i < side; i++) {
            int at = place + i * along;
            if (step(at, across) > limit) {
                continue;
            }
            if (strength.simple()) {
                smoothTwo(at, across);
            } else if (isEven(at, across, strength.innerLimit())) {
                if (isSharp(at, across, strength.variance())) {
                    smoothTwo(at, across);
                } else if (outer) {
                    smoothSix(at, across);
                } else {
                    smoothFour(at, across);
                }
            }
        }
    }

    /** The edge runs between the samples before {@code at} and at it. */
    private int step(int at, int across) {
        return 4 * difference(at - across, at) + difference(at - 2 * across, at + across);
    }

    private boolean isEven(int at, int across, int limit) {
        return difference(at - 4 * across, at - 3 * across) <= limit
                && difference(at - 3 * across, at - 2 * across) <= limit
                && difference(at - 2 * across, at - across) <= limit
                && difference(at + 3 * across, at + 2 * across) <= limit
                && difference(at + 2 * across, at + across) <= limit
                && difference(at + across, at) <= limit;
    }

    private boolean isSharp(int at, int across, int variance) {
        return difference(at - 2 * across, at - across) > variance
                || difference(at + across, at) > variance;
    }

    private int difference(int a, int b) {
        return Math.abs(plane.get(a) - plane.get(b));
    }

    private void smoothTwo(int at, int across) {
        int a = slope(at, across) + signed8(outerSlope(at, across));
        plane.add(at - across, signed5((a + 3) >> 3));
        plane.add(at, -signed5((a + 4) >> 3));
    }

    private void smoothFour(int at, int across) {
        int a = slope(at, across);
        int near = signed5((a + 4) >> 3);
        int far = (near + 1) >> 1;
        plane.add(at - 2 * across, far);
        plane.add(at - across, signed5((a + 3) >> 3));
        plane.add(at, -near);
        plane.add(at + across, -far);
    }

    private void smoothSix(int at, int across) {
        int a = signed8(slope(at, across) + signed8(outerSlope(at, across)));
        for (int i = 1; i <= 3; i++) {
            int change = (9 * (4 - i) * a + 63) >> 7;
            plane.add(at - i * across, change);
            plane.add(at + (i - 1) * across, -change);
        }
    }

    private int slope(int at, int across) {
        return 3 * (plane.get(at) - plane.get(at - across));
    }

    private int outerSlope(int at, int across) {
        return plane.get(at - 2 * across) - plane.get(at + across);
    }

    private static int signed8(int value) {
        return Math.max(-128, Math.min(127, value));
    }

    private static int signed5(int value) {
        return Math.max(-16, Math.min(15, value));
    }
}

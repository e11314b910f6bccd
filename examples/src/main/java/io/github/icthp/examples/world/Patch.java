package io.github.icthp.examples.world;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;

/** Neighboring pixels of one strong color. */
final class Patch {

    /** From these a pixel is strongly colored; sceneries stay below. */
    private static final double LEAST_SATURATION = 0.40;

    private static final double LEAST_CHROMA = 0.18;

    /** Neighbors whose hues differ by less degrees belong together. */
    private static final double HUE_STEP = 14;

    /** Patches of less than this share of the picture are no things. */
    private static final double LEAST_SHARE = 0.006;

    private final int side;
    private final List<Integer> pixels = new ArrayList<>();
    private double east;
    private double north;
    private int left = Integer.MAX_VALUE;
    private int right = -1;
    private int top = Integer.MAX_VALUE;
    private int bottom = -1;

    private Patch(int side) {
        this.side = side;
    }

    /** Finds the patches of a square picture, row by row. */
    static List<Patch> of(Rgb[] picture, int side) {
        boolean[] taken = new boolean[picture.length];
        for (int i = 0; i < picture.length; i++) {
            double chroma = picture[i].chroma();
            taken[i] = chroma < LEAST_CHROMA || chroma < LEAST_SATURATION * picture[i].value();
        }
        List<Patch> patches = new ArrayList<>();
        for (int i = 0; i < picture.length; i++) {
            if (!taken[i]) {
                Patch patch = new Patch(side);
                patch.fill(i, picture, taken);
                if (patch.pixels.size() >= LEAST_SHARE * picture.length) {
                    patches.add(patch);
                }
            }
        }
        return patches;
    }

    private void fill(int start, Rgb[] picture, boolean[] taken) {
        Deque<Integer> open = new ArrayDeque<>();
        open.push(start);
        taken[start] = true;
        while (!open.isEmpty()) {
            int i = open.pop();
            add(i, picture[i]);
            int column = i % side;
            int row = i / side;
            for (int y = Math.max(0, row - 1); y <= Math.min(side - 1, row + 1); y++) {
                for (int x = Math.max(0, column - 1); x <= Math.min(side - 1, column + 1); x++) {
                    int next = y * side + x;
                    if (!taken[next] && apart(picture[i].hue(), picture[next].hue()) < HUE_STEP) {
                        taken[next] = true;
                        open.push(next);
                    }
                }
            }
        }
    }

    private void add(int i, Rgb color) {
        pixels.add(i);
        double angle = Math.toRadians(color.hue());
        east += color.chroma() * StrictMath.cos(angle);
        north += color.chroma() * StrictMath.sin(angle);
        left = Math.min(left, i % side);
        right = Math.max(right, i % side);
        top = Math.min(top, i / side);
        bottom = Math.max(bottom, i / side);
    }

    /** The angle between two hues, in degrees. */
    private static double apart(double hue, double other) {
        double difference = Math.abs(hue - other);
        return Math.min(difference, 360 - difference);
    }

    /** What the patch is most like. */
    FoundThing thing() {
        double hue = (Math.toDegrees(StrictMath.atan2(north, east)) + 360) % 360;
        Color color = Color.RED;
        for (Color candidate : Color.values()) {
            if (apart(candidate.hue(), hue) < apart(color.hue(), hue)) {
                color = candidate;
            }
        }
        FigureMask.Match match = FigureMask.match(mask());
        return new FoundThing(
                color,
                match.figure(),
                (left + right + 1) / 2.0 / side,
                (top + bottom + 1) / 2.0 / side,
                (right - left + 1.0) / side,
                (bottom - top + 1.0) / side,
                match.likeness());
    }

    /** The patch stretched to the size of a mask. */
    private BitSet mask() {
        BitSet inside = new BitSet(side * side);
        pixels.forEach(inside::set);
        int n = FigureMask.SIDE;
        BitSet mask = new BitSet(n * n);
        for (int row = 0; row < n; row++) {
            int y = top + (int) ((row + 0.5) / n * (bottom - top + 1));
            for (int column = 0; column < n; column++) {
                int x = left + (int) ((column + 0.5) / n * (right - left + 1));
                mask.set(row * n + column, inside.get(y * side + x));
            }
        }
        return mask;
    }
}

package io.github.icthp.examples.world;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** What shapes look like when their bounding boxes are stretched to a small grid. */
record FigureMask(Figure figure, BitSet inside) {

    /** The grid's side. */
    static final int SIDE = 24;

    private static final double[] TILTS = {-0.16, 0, 0.16};
    private static final List<FigureMask> ALL = all();

    /**
     * The shape that a mask is most like.
     *
     * @param figure the shape
     * @param likeness overlap as a share of the union
     */
    record Match(Figure figure, double likeness) {}

    static Match match(BitSet mask) {
        Match best = new Match(Figure.CIRCLE, -1);
        for (FigureMask candidate : ALL) {
            double likeness = candidate.likeness(mask);
            if (likeness > best.likeness()) {
                best = new Match(candidate.figure(), likeness);
            }
        }
        return best;
    }

    private double likeness(BitSet mask) {
        BitSet both = (BitSet) mask.clone();
        both.and(inside);
        BitSet either = (BitSet) mask.clone();
        either.or(inside);
        return (double) both.cardinality() / either.cardinality();
    }

    private static List<FigureMask> all() {
        List<FigureMask> masks = new ArrayList<>();
        for (Figure figure : Figure.values()) {
            for (double tilt : TILTS) {
                masks.add(
                        new FigureMask(figure, draw(Outlines.of(figure).scaledAndTurned(1, tilt))));
            }
        }
        return masks;
    }

    private static BitSet draw(Outline outline) {
        Box box = Box.of(outline);
        BitSet inside = new BitSet(SIDE * SIDE);
        for (int row = 0; row < SIDE; row++) {
            for (int column = 0; column < SIDE; column++) {
                double x = box.left + (column + 0.5) / SIDE * (box.right - box.left);
                double y = box.top + (row + 0.5) / SIDE * (box.bottom - box.top);
                inside.set(row * SIDE + column, outline.distance(x, y) < 0);
            }
        }
        return inside;
    }

    /** The box around an outline, found by looking at many points. */
    private record Box(double left, double top, double right, double bottom) {

        private static final int STEPS = 160;
        private static final double REACH = 1.2;

        static Box of(Outline outline) {
            double left = REACH;
            double top = REACH;
            double right = -REACH;
            double bottom = -REACH;
            for (int i = 0; i <= STEPS * STEPS; i++) {
                int row = i / STEPS;
                double x = REACH * (2.0 * (i % STEPS) / STEPS - 1);
                double y = REACH * (2.0 * row / STEPS - 1);
                if (outline.distance(x, y) < 0) {
                    left = Math.min(left, x);
                    top = Math.min(top, y);
                    right = Math.max(right, x);
                    bottom = Math.max(bottom, y);
                }
            }
            return new Box(left, top, right, bottom);
        }
    }
}

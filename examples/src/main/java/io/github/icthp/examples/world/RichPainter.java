package io.github.icthp.examples.world;

import java.util.List;

/** Paints solid things in light and shadow before a scenery. */
final class RichPainter {

    /** Where shadows fall, and how soft they are, in radii of the thing. */
    private static final double SHADOW_X = 0.28;

    private static final double SHADOW_Y = 0.34;
    private static final double SHADOW_SOFTNESS = 0.34;
    private static final double SHADOW_DEPTH = 0.55;

    /** How much darker corners are. */
    private static final double VIGNETTE = 0.32;

    private final Canvas canvas;
    private final SceneStyle style;
    private final Noise noise;

    private RichPainter(Canvas canvas, SceneStyle style, Noise noise) {
        this.canvas = canvas;
        this.style = style;
        this.noise = noise;
    }

    static Canvas paint(List<PlacedThing> things, SceneStyle style, int side, long seed) {
        Canvas canvas = new Canvas(side);
        RichPainter painter = new RichPainter(canvas, style, new Noise(seed));
        painter.scenery();
        things.forEach(painter::shadow);
        things.forEach(
                thing -> new SolidThing(thing, style.material(), painter.noise).paint(canvas));
        painter.light();
        return canvas;
    }

    private void scenery() {
        for (int row = 0; row < canvas.side(); row++) {
            for (int column = 0; column < canvas.side(); column++) {
                Rgb color =
                        Backdrops.at(
                                style.backdrop(), canvas.middle(column), canvas.middle(row), noise);
                canvas.set(column, row, color);
            }
        }
    }

    private void shadow(PlacedThing thing) {
        double r = thing.radius();
        Outline shape = thing.outline().at(SHADOW_X * r, SHADOW_Y * r);
        double softness = SHADOW_SOFTNESS * r;
        for (int row = 0; row < canvas.side(); row++) {
            for (int column = 0; column < canvas.side(); column++) {
                double d = shape.distance(canvas.middle(column), canvas.middle(row)) / softness;
                double depth = Math.max(0, Math.min(1, 0.6 - d / 2));
                double share = SHADOW_DEPTH * depth * depth * (3 - 2 * depth);
                canvas.set(column, row, canvas.get(column, row).times(1 - share));
            }
        }
    }

    private void light() {
        Rgb tint = style.light().tint();
        for (int row = 0; row < canvas.side(); row++) {
            for (int column = 0; column < canvas.side(); column++) {
                double dx = canvas.middle(column) - 0.5;
                double dy = canvas.middle(row) - 0.5;
                double dark = 1 - VIGNETTE * 2 * (dx * dx + dy * dy) * 1.2;
                Rgb c = canvas.get(column, row);
                canvas.set(
                        column,
                        row,
                        new Rgb(c.r() * tint.r(), c.g() * tint.g(), c.b() * tint.b()).times(dark));
            }
        }
    }
}

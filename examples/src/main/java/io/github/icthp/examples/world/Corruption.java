package io.github.icthp.examples.world;

import java.util.List;
import java.util.SplittableRandom;

/** Ways in which a plain picture goes wrong although it shows the right things. */
enum Corruption {
    /** Outlines bulge. */
    MISSHAPEN,
    /** Colors are nearly gone. */
    FADED,
    /** Grains all over. */
    SPECKLED,
    /** Pieces are missing. */
    TORN,
    /** Dragged to one side. */
    SMEARED;

    /** Paints a plain picture that went wrong in this way. */
    Canvas paint(List<PlacedThing> things, int side, SplittableRandom random) {
        if (this == MISSHAPEN) {
            return misshapen(things, side, random);
        }
        Canvas right = PlainPainter.paint(things, side, random);
        return switch (this) {
            case FADED -> faded(right, random.nextDouble(0.70, 0.82));
            case SPECKLED -> speckled(right, new Noise(random.nextLong()));
            case TORN -> torn(right, things, random);
            default -> smeared(right, random.nextDouble(0.16, 0.26), random.nextBoolean());
        };
    }

    private static Canvas misshapen(List<PlacedThing> things, int side, SplittableRandom random) {
        Canvas canvas = PlainPainter.paint(List.of(), side, random);
        Noise noise = new Noise(random.nextLong());
        for (PlacedThing thing : things) {
            Outline right = thing.outline();
            double reach = 0.55 * thing.radius();
            double bumps = 1.1 / thing.radius();
            PlainPainter.paint(
                    (x, y) ->
                            right.distance(
                                    x + reach * noise.at(x * bumps, y * bumps),
                                    y + reach * noise.at(x * bumps + 50, y * bumps)),
                    thing.color().paint(),
                    canvas);
        }
        return canvas;
    }

    private static Canvas faded(Canvas canvas, double share) {
        Rgb ground = canvas.get(0, 0);
        for (int row = 0; row < canvas.side(); row++) {
            for (int column = 0; column < canvas.side(); column++) {
                canvas.cover(column, row, ground, share);
            }
        }
        return canvas;
    }

    private static Canvas speckled(Canvas canvas, Noise noise) {
        for (int row = 0; row < canvas.side(); row++) {
            for (int column = 0; column < canvas.side(); column++) {
                Rgb grain =
                        new Rgb(
                                noise.cell(column, row),
                                noise.cell(column + 1000L, row),
                                noise.cell(column + 2000L, row));
                Rgb old = canvas.get(column, row);
                canvas.set(
                        column,
                        row,
                        new Rgb(
                                old.r() + 0.38 * grain.r(),
                                old.g() + 0.38 * grain.g(),
                                old.b() + 0.38 * grain.b()));
            }
        }
        return canvas;
    }

    /** Strips of ground through every thing. */
    private static Canvas torn(Canvas canvas, List<PlacedThing> things, SplittableRandom random) {
        Rgb ground = canvas.get(0, 0);
        for (PlacedThing thing : things) {
            double angle = random.nextDouble(Math.PI);
            Outline strip =
                    (x, y) ->
                            Math.abs(
                                            (x - thing.x()) * StrictMath.cos(angle)
                                                    + (y - thing.y()) * StrictMath.sin(angle))
                                    - 0.24 * thing.radius();
            Outline near = Outline.disc(1.3 * thing.radius()).at(thing.x(), thing.y());
            PlainPainter.paint(
                    (x, y) -> Math.max(strip.distance(x, y), near.distance(x, y)), ground, canvas);
        }
        return canvas;
    }

    private static Canvas smeared(Canvas right, double reach, boolean across) {
        int side = right.side();
        int length = Math.max(2, (int) (reach * side));
        Canvas canvas = new Canvas(side);
        for (int row = 0; row < side; row++) {
            for (int column = 0; column < side; column++) {
                Rgb sum = Rgb.BLACK;
                for (int i = 0; i < length; i++) {
                    int from = Math.max(0, (across ? column : row) - i);
                    Rgb c = across ? right.get(from, row) : right.get(column, from);
                    sum = new Rgb(sum.r() + c.r(), sum.g() + c.g(), sum.b() + c.b());
                }
                canvas.set(column, row, sum.times(1.0 / length));
            }
        }
        return canvas;
    }
}

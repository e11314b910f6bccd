package io.github.icthp.examples.world;

import java.util.List;
import java.util.SplittableRandom;

/** Paints flat things on one flat pale color. */
final class PlainPainter {

    private static final List<Rgb> GROUNDS =
            List.of(
                    Rgb.gray(0.96),
                    Rgb.gray(0.85),
                    Rgb.gray(0.72),
                    new Rgb(0.94, 0.92, 0.86),
                    new Rgb(0.86, 0.90, 0.93),
                    new Rgb(0.91, 0.88, 0.92));

    private PlainPainter() {}

    static Canvas paint(List<PlacedThing> things, int side, SplittableRandom random) {
        Canvas canvas = new Canvas(side);
        Rgb ground = GROUNDS.get(random.nextInt(GROUNDS.size()));
        for (int row = 0; row < side; row++) {
            for (int column = 0; column < side; column++) {
                canvas.set(column, row, ground);
            }
        }
        things.forEach(thing -> paint(thing.outline(), thing.color().paint(), canvas));
        return canvas;
    }

    static void paint(Outline outline, Rgb paint, Canvas canvas) {
        for (int row = 0; row < canvas.side(); row++) {
            for (int column = 0; column < canvas.side(); column++) {
                double distance = outline.distance(canvas.middle(column), canvas.middle(row));
                canvas.cover(column, row, paint, canvas.coverage(distance));
            }
        }
    }
}

package io.github.icthp.examples.world;

/**
 * A thing found in a picture whose sides are 1 long.
 *
 * @param color the nearest color by hue
 * @param figure the shape that it is most like
 * @param x the middle of its bounding box, from the left
 * @param y the middle of its bounding box, from the top
 * @param width of its bounding box
 * @param height of its bounding box
 * @param likeness how like the shape it is: the overlap of both as a share of their union
 */
public record FoundThing(
        Color color,
        Figure figure,
        double x,
        double y,
        double width,
        double height,
        double likeness) {

    /**
     * Returns its size.
     *
     * @return the longer side of its bounding box
     */
    public double extent() {
        return Math.max(width, height);
    }
}

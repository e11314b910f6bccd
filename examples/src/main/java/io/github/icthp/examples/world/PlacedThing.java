package io.github.icthp.examples.world;

/**
 * A thing in a picture whose sides are 1 long.
 *
 * @param figure its shape
 * @param color its color
 * @param x its center, from the left
 * @param y its center, from the top
 * @param radius of the circle that it fits
 * @param angle by which it is turned clockwise, in radians
 */
record PlacedThing(Figure figure, Color color, double x, double y, double radius, double angle) {

    /** From so many radii on, the distance to the circle is near enough. */
    private static final double FAR = 1.6;

    /** Its outline in the picture. */
    Outline outline() {
        Outline exact = Outlines.of(figure).scaledAndTurned(radius, angle).at(x, y);
        double far = FAR * FAR * radius * radius;
        return (px, py) -> {
            double squared = (px - x) * (px - x) + (py - y) * (py - y);
            return squared > far ? Math.sqrt(squared) - radius : exact.distance(px, py);
        };
    }
}

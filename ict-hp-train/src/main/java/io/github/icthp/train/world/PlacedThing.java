package io.github.icthp.train.world;

/**
 * A thing in a picture whose sides are 1 long.
 *
 * @param figure its shape
 * @param colour its colour
 * @param x its centre, from the left
 * @param y its centre, from the top
 * @param radius of the circle that it fits
 * @param angle by which it is turned clockwise, in radians
 */
record PlacedThing(Figure figure, Colour colour, double x, double y, double radius, double angle) {

    /** Its outline in the picture. */
    Outline outline() {
        return Outlines.of(figure).scaledAndTurned(radius, angle).at(x, y);
    }
}

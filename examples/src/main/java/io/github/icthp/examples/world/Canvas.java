package io.github.icthp.examples.world;

import java.awt.image.BufferedImage;

/** A square picture being painted, in floating point; positions run from 0 to 1. */
final class Canvas {

    private final int side;
    private final Rgb[] pixels;

    Canvas(int side) {
        this.side = side;
        this.pixels = new Rgb[side * side];
    }

    int side() {
        return side;
    }

    /** The position of the middle of a column or row. */
    double middle(int index) {
        return (index + 0.5) / side;
    }

    Rgb get(int column, int row) {
        return pixels[row * side + column];
    }

    void set(int column, int row, Rgb color) {
        pixels[row * side + column] = color;
    }

    /** Lays paint over a pixel. */
    void cover(int column, int row, Rgb paint, double share) {
        if (share > 0) {
            set(column, row, get(column, row).mix(paint, Math.min(1, share)));
        }
    }

    /** The share of a pixel that lies inside an outline at this distance from it. */
    double coverage(double distance) {
        return Math.max(0, Math.min(1, 0.5 - distance * side));
    }

    /** The picture in eight bits. */
    BufferedImage toImage() {
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        for (int row = 0; row < side; row++) {
            for (int column = 0; column < side; column++) {
                image.setRGB(column, row, get(column, row).packed());
            }
        }
        return image;
    }
}

package io.github.icthp.image;

import io.github.icthp.image.ImageConfig.Resize;

/**
 * Where a result lies in a resized picture: in the middle, offset rounded down unless it is said
 * otherwise; black surrounds a picture that is smaller than the result (transformers' {@code
 * center_crop}).
 */
final class ImageFrame {

    /**
     * One direction of a crop.
     *
     * @param whole length of the resized picture
     * @param first the first line of it that is in the result
     * @param count lines of it that are
     * @param place where they start in the result
     */
    private record Span(long whole, long first, int count, int place) {

        static Span of(long whole, int wanted, boolean nearest) {
            if (whole >= wanted) {
                long offset = whole - wanted;
                long first = nearest ? (long) Math.rint(offset / 2.0) : offset / 2;
                return new Span(whole, first, wanted, 0);
            }
            int missing = (int) (wanted - whole);
            return new Span(whole, 0, (int) whole, (missing + 1) / 2);
        }
    }

    private final int height;
    private final int width;
    private final Span down;
    private final Span across;

    /**
     * Finds the result's place.
     *
     * @param config sizes
     * @param image the picture to be resized
     * @param nearest whether a crop's offset is rounded to the nearest number, ties to even, as the
     *     clip package does, instead of down
     */
    ImageFrame(ImageConfig config, RgbImage image, boolean nearest) {
        this.height = config.height();
        this.width = config.width();
        long[] size = size(config.resize(), image);
        this.down = Span.of(size[0], height, nearest);
        this.across = Span.of(size[1], width, nearest);
    }

    private static long[] size(Resize resize, RgbImage image) {
        int height = image.height();
        int width = image.width();
        if (resize instanceof Resize.ShortestEdge edge) {
            long pixels = edge.pixels();
            return width <= height
                    ? new long[] {longer(pixels, height, width), pixels}
                    : new long[] {pixels, longer(pixels, width, height)};
        }
        return resize instanceof Resize.Exact exact
                ? new long[] {exact.height(), exact.width()}
                : new long[] {height, width};
    }

    /** Python's {@code int(size * long / short)}. */
    private static long longer(long size, int longEdge, int shortEdge) {
        return (long) ((double) (size * longEdge) / shortEdge);
    }

    /** How a picture is resized to a part of a target. */
    @FunctionalInterface
    interface Resizer {
        RgbImage resize(RgbImage image, BicubicResizer.Target target);
    }

    /** Resizes a picture and returns the result's part of it. */
    RgbImage cut(Resizer resizer, RgbImage image) {
        RgbImage part =
                resizer.resize(
                        image,
                        new BicubicResizer.Target(
                                across.whole(),
                                down.whole(),
                                across.first(),
                                down.first(),
                                across.count(),
                                down.count()));
        return part.width() == width && part.height() == height ? part : padded(part);
    }

    private RgbImage padded(RgbImage part) {
        byte[] rgb = new byte[3 * height * width];
        int row = 3 * part.width();
        for (int y = 0; y < part.height(); y++) {
            int place = 3 * ((down.place() + y) * width + across.place());
            System.arraycopy(part.pixels(), row * y, rgb, place, row);
        }
        return RgbImage.wrap(width, height, rgb);
    }
}

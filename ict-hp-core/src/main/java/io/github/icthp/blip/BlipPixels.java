package io.github.icthp.blip;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;
import com.google.common.primitives.Doubles;

import io.github.icthp.image.ImageConfig;
import io.github.icthp.image.ImageConfig.Resize;

/**
 * Prepares float pixels as the file paths prepare files, differentiably: the same geometry, resized
 * by antialiased bicubic without clamping. Shapes: B images, H height, W width, S side.
 */
final class BlipPixels {

    private BlipPixels() {}

    /** How files are squashed for matching: both edges to S, whatever becomes of the aspect. */
    static ImageConfig squash(int side) {
        return new ImageConfig(
                new Resize.Exact(side, side),
                side,
                side,
                ImageConfig.TO_UNIT,
                ImageConfig.OPENAI_MEAN,
                ImageConfig.OPENAI_STD);
    }

    /** Squashes pixels (B, 3, H, W) in [0, 1] to normalized (B, 3, S, S). */
    static NDArray squash(NDArray pixels, int side) {
        check(pixels);
        return prepare(pixels, side, side, 0, 0, side);
    }

    /**
     * Resizes the shorter edge of pixels (B, 3, H, W) in [0, 1] to S and crops the center, its
     * offset rounded to the nearest number, ties to even: normalized (B, 3, S, S).
     */
    static NDArray crop(NDArray pixels, int side) {
        check(pixels);
        Resize.Exact size =
                new Resize.ShortestEdge(side)
                        .sizeOf(pixels.getShape().get(2), pixels.getShape().get(3));
        long h = size.height();
        long w = size.width();
        return prepare(pixels, h, w, middle(h - side), middle(w - side), side);
    }

    private static long middle(long rest) {
        return (long) Math.rint(rest / 2.0);
    }

    private static void check(NDArray pixels) {
        Preconditions.checkArgument(
                pixels.getShape().dimension() == 4
                        && pixels.getShape().get(1) == 3
                        && pixels.getShape().size() > 0,
                "BlipModel: expected pixels (B, 3, H, W), got %s",
                pixels.getShape());
    }

    private static NDArray prepare(NDArray pixels, long h, long w, long top, long left, int side) {
        return BlipVision.PROGRAM.call(
                "prepare",
                pixels,
                h,
                w,
                top,
                left,
                side,
                Doubles.toArray(ImageConfig.OPENAI_MEAN),
                Doubles.toArray(ImageConfig.OPENAI_STD));
    }
}

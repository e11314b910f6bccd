package io.github.icthp.reward;

import ai.djl.ndarray.NDArray;

import io.github.icthp.image.ImageConfig;
import io.github.icthp.image.ImageConfig.Resize;

import java.util.List;

/**
 * Prepares pixels as picture files are prepared, but so that gradients reach them: without rounding
 * to 8 bits. Shapes: B pictures, S side.
 */
final class DifferentiablePreparation {

    private static final double LEVELS = 255;

    /** What is done with a picture that is no square. */
    private enum Fit {
        /** The middle is cut out, its offset rounded down as transformers does. */
        CROP,
        /** The middle is cut out, its offset rounded to the nearest, ties to even. */
        ROUNDED_CROP,
        /** All of it is kept, the rest is black. */
        PAD,
        /** As {@link #PAD}, resized without antialiasing. */
        ALIASED_PAD
    }

    private final ImageConfig config;
    private final Fit fit;
    private final double[] mean;
    private final double[] std;

    private DifferentiablePreparation(ImageConfig config, Fit fit) {
        this.config = config;
        this.fit = fit;
        // Pixels are in [0, 1]: whatever else the factor makes of 255 is divided out.
        double scale = LEVELS * config.rescaleFactor();
        this.mean = divided(config.mean(), scale);
        this.std = divided(config.std(), scale);
    }

    /** As {@link io.github.icthp.image.ImageProcessor} does. */
    static DifferentiablePreparation of(ImageConfig config) {
        return new DifferentiablePreparation(config, Fit.CROP);
    }

    /** As torchvision does, see {@link AestheticCrop#TORCHVISION}. */
    static DifferentiablePreparation roundedCrop(ImageConfig config) {
        return new DifferentiablePreparation(config, Fit.ROUNDED_CROP);
    }

    /** As HPS v2 does: the longest edge is resized to the side, the rest is black. */
    static DifferentiablePreparation longestEdge(ImageConfig config, HpsResize resize) {
        return new DifferentiablePreparation(
                config, resize == HpsResize.ANTIALIAS ? Fit.PAD : Fit.ALIASED_PAD);
    }

    private static double[] divided(List<Double> values, double scale) {
        return values.stream().mapToDouble(value -> value / scale).toArray();
    }

    /** Prepares pixels (B, 3, H, W) in [0, 1]: (B, 3, S, S), float32. */
    NDArray apply(NDArray pixels) {
        long height = pixels.getShape().get(2);
        long width = pixels.getShape().get(3);
        return fit == Fit.CROP || fit == Fit.ROUNDED_CROP
                ? cropped(pixels, height, width)
                : padded(pixels, height, width);
    }

    /** Python's round, ties to even; an edge of a very long picture keeps a pixel. */
    private NDArray padded(NDArray pixels, long height, long width) {
        long side = config.height();
        double scale = side / (double) Math.max(height, width);
        long h = Math.max(1, (long) Math.rint(height * scale));
        long w = Math.max(1, (long) Math.rint(width * scale));
        return ClipTowers.PROGRAM.call("pad", pixels, h, w, side, fit == Fit.PAD, mean, std);
    }

    private NDArray cropped(NDArray pixels, long height, long width) {
        long[] size = size(height, width);
        int side = config.height();
        if (size[0] < side || size[1] < config.width()) {
            throw new IllegalArgumentException(
                    "DifferentiableReward: pixels of "
                            + height
                            + " x "
                            + width
                            + " become "
                            + size[0]
                            + " x "
                            + size[1]
                            + ", less than the model's "
                            + side
                            + "; image settings that pad are supported for scoring only");
        }
        long top = middle(size[0] - side);
        long left = middle(size[1] - side);
        return ClipTowers.PROGRAM.call(
                "prepare", pixels, size[0], size[1], top, left, side, mean, std);
    }

    private long middle(long rest) {
        return fit == Fit.CROP ? rest / 2 : (long) Math.rint(rest / 2.0);
    }

    private long[] size(long height, long width) {
        Resize resize =
                config.resize() instanceof Resize.ShortestEdge edge
                        ? edge.sizeOf(height, width)
                        : config.resize();
        return resize instanceof Resize.Exact exact
                ? new long[] {exact.height(), exact.width()}
                : new long[] {height, width};
    }
}

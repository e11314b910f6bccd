package io.github.icthp;

import ai.djl.ndarray.NDArray;

import io.github.icthp.clip.ClipImageConfig;
import io.github.icthp.clip.ClipImageConfig.Resize;
import io.github.icthp.torch.TorchProgram;

import java.util.List;

/**
 * Prepares pixels as {@link io.github.icthp.clip.ClipImageProcessor} prepares pictures, but so that
 * gradients reach them: without rounding to 8 bits.
 */
final class DifferentiablePreparation {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(RewardNetwork.class, "reward.torchscript");

    private static final double LEVELS = 255;

    private final ClipImageConfig config;
    private final double[] mean;
    private final double[] std;

    DifferentiablePreparation(ClipImageConfig config) {
        this.config = config;
        // Pixels are in [0, 1]: whatever else the factor makes of 255 is divided out.
        double scale = LEVELS * config.rescaleFactor();
        this.mean = divided(config.mean(), scale);
        this.std = divided(config.std(), scale);
    }

    private static double[] divided(List<Double> values, double scale) {
        return values.stream().mapToDouble(value -> value / scale).toArray();
    }

    /** Resizes, crops and normalises pixels (B, 3, H, W) to the result's (B, 3, S, S). */
    NDArray apply(NDArray pixels) {
        long height = pixels.getShape().get(2);
        long width = pixels.getShape().get(3);
        long[] size = size(height, width);
        int side = config.height();
        if (size[0] < side || size[1] < config.width()) {
            throw new IllegalArgumentException(
                    "DifferentiableReward: pixels of %d x %d become %d x %d, less than the model's %d;"
                                    .formatted(height, width, size[0], size[1], side)
                            + " image settings that pad are supported for scoring only");
        }
        return PROGRAM.call(
                "prepare",
                pixels,
                size[0],
                size[1],
                (size[0] - side) / 2,
                (size[1] - side) / 2,
                side,
                mean,
                std);
    }

    private long[] size(long height, long width) {
        if (config.resize() instanceof Resize.ShortestEdge edge) {
            long shortest = Math.min(height, width);
            return new long[] {edge.pixels() * height / shortest, edge.pixels() * width / shortest};
        }
        return config.resize() instanceof Resize.Exact exact
                ? new long[] {exact.height(), exact.width()}
                : new long[] {height, width};
    }
}

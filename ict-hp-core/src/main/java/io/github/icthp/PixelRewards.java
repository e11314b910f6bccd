package io.github.icthp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import com.google.common.base.Preconditions;

import io.github.icthp.torch.TorchProgram;

/**
 * What a {@link DifferentiableReward} of one's own is made of: one number a picture,
 * differentiable, each of its own picture alone. Shapes: B batch, H and W a picture's sides.
 *
 * <pre>{@code
 * DifferentiableReward calm =
 *         (pixels, prompts) -> PixelRewards.totalVariation(pixels).neg();
 * }</pre>
 */
public final class PixelRewards {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(PixelRewards.class, "pixels.torchscript");

    private PixelRewards() {}

    /**
     * Averages each picture's values over everything but the batch: of pixels, its brightness.
     *
     * @param values (B, ...), floating-point: pixels, or anything computed of them picture by
     *     picture
     * @return (B), float32, or float64 of float64
     * @throws IllegalArgumentException if there is nothing to average over
     */
    public static NDArray mean(NDArray values) {
        Shape shape = values.getShape();
        Preconditions.checkArgument(
                shape.dimension() > 0 && shape.size() > 0,
                "PixelRewards.mean: expected values of at least one picture, (B, ...), got %s; pass"
                        + " what has the batch as its first dimension",
                shape);
        return PROGRAM.call("mean", values);
    }

    /**
     * Measures each picture's total variation: the mean distance of horizontal neighbors plus that
     * of vertical ones. It is 0 for one flat color, grows with noise and detail, and does not grow
     * with the picture's size; for pixels in [0, 1] it is at most 2. Negate it to smooth.
     *
     * @param pixels (B, C, H, W), floating-point, H and W at least 2
     * @return (B), float32, or float64 of float64
     * @throws IllegalArgumentException if they have another shape
     */
    public static NDArray totalVariation(NDArray pixels) {
        Shape shape = pixels.getShape();
        Preconditions.checkArgument(
                shape.dimension() == 4 && shape.size() > 0 && shape.get(2) > 1 && shape.get(3) > 1,
                "PixelRewards.totalVariation: expected pixels (B, C, H, W) with sides of at least"
                        + " 2, got %s",
                shape);
        return PROGRAM.call("total_variation", pixels);
    }
}

package io.github.icthp.diffusion.model;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TorchProgram;

import java.util.Optional;

/**
 * A low-rank term on a linear layer: {@code y = W x + b + scale * (B A x + c)} (Hu et al. 2021,
 * LoRA, equation 3; c is PEFT's {@code lora_bias}).
 *
 * <p>With magnitudes m it is {@code y = m / ‖V‖ V x + b}, where {@code V = W + scale * B A} and the
 * norm is that of each row (Liu et al. 2024, DoRA, equation 5). Such adapters are not trained here.
 *
 * <p>The matrices are float32 masters whatever the layer's type: a step casts them to the type of
 * its activations, so that gradients arrive in float32. They belong to whoever made them.
 *
 * @param a lora_A (r, in), float32
 * @param b lora_B (out, r), float32
 * @param scale alpha / r, or any other factor
 * @param dropout what hides inputs from the adapter in training
 * @param bias lora_B's bias (out), float32, which stays as it is in training
 * @param magnitude DoRA's magnitudes (out), float32
 */
public record LinearAdapter(
        NDArray a,
        NDArray b,
        double scale,
        Optional<LoraDropout> dropout,
        Optional<NDArray> bias,
        Optional<NDArray> magnitude) {

    /** What follows a layer's path in the name of lora_A. */
    public static final String A_SUFFIX = ".lora_A.weight";

    /** What follows a layer's path in the name of lora_B. */
    public static final String B_SUFFIX = ".lora_B.weight";

    /** What follows a layer's path in the name of lora_B's bias. */
    public static final String BIAS_SUFFIX = ".lora_B.bias";

    /** What follows a layer's path in the name of DoRA's magnitudes. */
    public static final String MAGNITUDE_SUFFIX = ".lora_magnitude_vector";

    private static final TorchProgram PROGRAM =
            TorchProgram.of(LinearAdapter.class, "adapter.torchscript");

    /**
     * Checks that the matrices fit together.
     *
     * @param a lora_A (r, in), float32
     * @param b lora_B (out, r), float32
     * @param scale alpha / r, or any other factor
     * @param dropout what hides inputs from the adapter in training
     * @param bias lora_B's bias (out), float32
     * @param magnitude DoRA's magnitudes (out), float32
     * @throws IllegalArgumentException if they are not two matrices of the same rank
     */
    public LinearAdapter {
        Preconditions.checkArgument(
                a.getShape().dimension() == 2
                        && b.getShape().dimension() == 2
                        && a.getShape().get(0) == b.getShape().get(1),
                "LinearAdapter: expected lora_A (r, in) and lora_B (out, r), got %s and %s",
                a.getShape(),
                b.getShape());
    }

    /**
     * Makes an adapter that sees all inputs, of two matrices alone.
     *
     * @param a lora_A (r, in), float32
     * @param b lora_B (out, r), float32
     * @param scale alpha / r, or any other factor
     * @throws IllegalArgumentException if they are not two matrices of the same rank
     */
    public LinearAdapter(NDArray a, NDArray b, double scale) {
        this(a, b, scale, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /**
     * Returns the same matrices with another scale.
     *
     * @param value the new scale
     * @return the adapter, sharing the matrices
     */
    public LinearAdapter withScale(double value) {
        return new LinearAdapter(a, b, value, dropout, bias, magnitude);
    }

    /**
     * Computes the adapted layer's matrix.
     *
     * @param weight the layer's own, W
     * @return the matrix that does what W and this adapter do, in W's type and shape, owned by the
     *     innermost scope
     */
    public NDArray fused(NDArray weight) {
        return Autograd.in(
                Mode.NO_GRADIENT,
                () ->
                        magnitude.isPresent()
                                ? PROGRAM.call("fuse_dora", weight, a, b, scale, magnitude.get())
                                : PROGRAM.call("fuse", weight, a, b, scale));
    }

    /**
     * Computes the adapted layer's bias.
     *
     * @param layerBias the layer's own
     * @return the bias with this adapter's, in the layer's type, owned by the innermost scope; the
     *     layer's own if the adapter has none
     */
    public NDArray shifted(NDArray layerBias) {
        return bias.isEmpty()
                ? layerBias
                : Autograd.in(
                        Mode.NO_GRADIENT,
                        () -> PROGRAM.call("shift", layerBias, bias.get(), scale));
    }

    /**
     * Returns the rank.
     *
     * @return r
     */
    public long rank() {
        return a.getShape().get(0);
    }

    /**
     * Returns the shape of the layer that this adapter fits.
     *
     * @return its inputs and outputs
     */
    public LinearShape shape() {
        return new LinearShape(a.getShape().get(1), b.getShape().get(0));
    }
}

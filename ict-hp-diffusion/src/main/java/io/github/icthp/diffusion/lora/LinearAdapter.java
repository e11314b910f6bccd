package io.github.icthp.diffusion.lora;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

import java.util.Optional;

/**
 * A low-rank term on a linear layer: {@code y = W x + b + scale * B A x} (Hu et al. 2021, LoRA,
 * equation 3).
 *
 * <p>The matrices are float32 masters whatever the layer's type: a step casts them to the type of
 * its activations, so that gradients arrive in float32. They belong to whoever made them.
 *
 * @param a lora_A (r, in), float32
 * @param b lora_B (out, r), float32
 * @param scale alpha / r, or any other factor
 * @param dropout what hides inputs from the adapter in training
 */
public record LinearAdapter(NDArray a, NDArray b, double scale, Optional<LoraDropout> dropout) {

    /** What follows a layer's path in the name of lora_A. */
    public static final String A_SUFFIX = ".lora_A.weight";

    /** What follows a layer's path in the name of lora_B. */
    public static final String B_SUFFIX = ".lora_B.weight";

    /**
     * Checks that the matrices fit together.
     *
     * @param a lora_A (r, in), float32
     * @param b lora_B (out, r), float32
     * @param scale alpha / r, or any other factor
     * @param dropout what hides inputs from the adapter in training
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
     * Makes an adapter that sees all inputs.
     *
     * @param a lora_A (r, in), float32
     * @param b lora_B (out, r), float32
     * @param scale alpha / r, or any other factor
     * @throws IllegalArgumentException if they are not two matrices of the same rank
     */
    public LinearAdapter(NDArray a, NDArray b, double scale) {
        this(a, b, scale, Optional.empty());
    }

    /**
     * Returns the same matrices with another scale.
     *
     * @param value the new scale
     * @return the adapter, sharing the matrices
     */
    public LinearAdapter withScale(double value) {
        return new LinearAdapter(a, b, value, dropout);
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

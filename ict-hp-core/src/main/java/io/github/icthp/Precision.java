package io.github.icthp;

import ai.djl.Device;

import io.github.icthp.torch.DType;
import io.github.icthp.torch.Torch;

/** The floating-point type that a model computes in. Scores are always formed in float32. */
public enum Precision {
    /** {@link #BF16} where the device multiplies bfloat16 in hardware, else {@link #FP32}. */
    AUTO,
    /** float32. */
    FP32,
    /** bfloat16. */
    BF16,
    /** float16; meant for GPUs. */
    FP16;

    /**
     * Chooses for a device.
     *
     * @param device where the model runs
     * @return this, or the choice of {@link #AUTO}
     */
    public Precision on(Device device) {
        if (this != AUTO) {
            return this;
        }
        return Torch.fastBfloat16(device) ? BF16 : FP32;
    }

    /**
     * Returns the tensor type.
     *
     * @return the type
     * @throws IllegalStateException for {@link #AUTO}, before {@link #on} has chosen
     */
    public DType dtype() {
        return switch (this) {
            case FP32 -> DType.FLOAT32;
            case BF16 -> DType.BFLOAT16;
            case FP16 -> DType.FLOAT16;
            case AUTO ->
                    throw new IllegalStateException(
                            "Precision.AUTO has no type before on(device) has chosen");
        };
    }
}

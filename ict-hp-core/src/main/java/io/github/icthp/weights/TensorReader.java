package io.github.icthp.weights;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import java.nio.ByteBuffer;

/** Reads stored tensors into memory of their own. */
public final class TensorReader {

    private static final int STAGE_BYTES = 4 << 20;

    private TensorReader() {}

    /**
     * Returns the type that a stored tensor has in memory.
     *
     * @param info the stored tensor
     * @return PyTorch's type of the same name
     * @throws WeightsFormatException if models here have no use for that type
     */
    public static DType dtype(TensorInfo info) {
        return switch (info.type()) {
            case BOOL -> DType.BOOL;
            case U8 -> DType.UINT8;
            case I8 -> DType.INT8;
            case I16 -> DType.INT16;
            case I32 -> DType.INT32;
            case I64 -> DType.INT64;
            case F16 -> DType.FLOAT16;
            case BF16 -> DType.BFLOAT16;
            case F32 -> DType.FLOAT32;
            case F64 -> DType.FLOAT64;
            default ->
                    throw new WeightsFormatException(
                            "TensorReader: "
                                    + info
                                    + " cannot be loaded; expected float16, bfloat16, float32,"
                                    + " float64, an integer or a boolean type");
        };
    }

    /**
     * Reads a tensor.
     *
     * @param weights open weights
     * @param name the tensor's name
     * @return its values in their stored type, on the innermost scope's device, owned by that scope
     */
    public static NDArray read(Weights weights, String name) {
        return read(weights, weights.info(name));
    }

    static NDArray read(Weights weights, TensorInfo info) {
        TensorScope outer = TensorScope.current();
        try (TensorScope scope = TensorScope.open(Device.cpu())) {
            NDArray tensor = Tensors.allocate(dtype(info), info.shape());
            ByteBuffer memory = Tensors.memory(tensor);
            weights.read(info.name(), 0, memory);
            return scope.keep(Tensors.to(tensor, outer.manager().getDevice()));
        }
    }

    /**
     * Reads a tensor as another floating-point type. A large one passes through a small buffer,
     * piece by piece: it never lies in memory in its stored type.
     */
    static NDArray read(Weights weights, TensorInfo info, DType wanted) {
        DType stored = dtype(info);
        long bytes = info.shape().size() * stored.bytes();
        if (stored == wanted) {
            return read(weights, info);
        }
        if (bytes <= STAGE_BYTES) {
            return Tensors.cast(read(weights, info), wanted);
        }
        TensorScope outer = TensorScope.current();
        try (TensorScope scope = TensorScope.open(Device.cpu())) {
            NDArray tensor = Tensors.allocate(wanted, info.shape());
            NDArray stage = Tensors.allocate(stored, new Shape(STAGE_BYTES / stored.bytes()));
            ByteBuffer memory = Tensors.memory(stage);
            for (long at = 0; at < bytes; at += STAGE_BYTES) {
                int length = (int) Math.min(STAGE_BYTES, bytes - at);
                weights.read(info.name(), at, memory.slice(0, length));
                Tensors.overwrite(tensor, at / stored.bytes(), stage, length / stored.bytes());
            }
            return scope.keep(Tensors.to(tensor, outer.manager().getDevice()));
        }
    }
}

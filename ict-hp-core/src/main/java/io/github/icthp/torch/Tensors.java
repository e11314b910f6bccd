package io.github.icthp.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Tensors and bytes: creation, casts and reading, bfloat16 included. */
public final class Tensors {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(Tensors.class, "tensors.torchscript");

    private Tensors() {}

    /**
     * Returns a tensor over the bytes of a direct buffer: no copy on the CPU.
     *
     * <p>The memory is the buffer's: the caller keeps the buffer reachable for as long as the
     * tensor or a view of it is used.
     *
     * @param bytes direct, little-endian, row-major, from its position to its limit
     * @param type the elements' type
     * @param shape the tensor's shape
     * @return the tensor, on the innermost scope's device and owned by that scope
     * @throws IllegalArgumentException if the buffer is not direct or has another size
     */
    public static NDArray wrap(ByteBuffer bytes, DType type, Shape shape) {
        long expected = shape.size() * type.bytes();
        if (!bytes.isDirect() || bytes.remaining() != expected) {
            throw new IllegalArgumentException(
                    "Tensors.wrap: expected a direct buffer of "
                            + expected
                            + " bytes for "
                            + type
                            + " "
                            + shape
                            + ", got "
                            + (bytes.isDirect() ? "a direct" : "a heap")
                            + " buffer of "
                            + bytes.remaining());
        }
        if (expected == 0) {
            return allocate(type, shape);
        }
        ByteBuffer slice = bytes.slice().order(ByteOrder.nativeOrder());
        TensorScope scope = TensorScope.current();
        if (type.dataType() != DataType.UNKNOWN && type.dataType() != DataType.BOOLEAN) {
            return scope.manager().create(slice, shape, type.dataType());
        }
        // DJL cannot name the type, or copies: take the bytes and reinterpret them.
        NDArray raw = scope.manager().create(slice, new Shape(expected), DataType.UINT8);
        return PROGRAM.call("reinterpret", raw, type.code(), shape.getShape());
    }

    /**
     * Returns a tensor with memory of its own and values yet to be written.
     *
     * @param type the elements' type
     * @param shape the tensor's shape
     * @return the tensor, on the innermost scope's device and owned by that scope
     */
    public static NDArray allocate(DType type, Shape shape) {
        Device device = TensorScope.current().manager().getDevice();
        return PROGRAM.call("empty", shape.getShape(), type.code(), name(device));
    }

    /**
     * Returns a tensor that has a shape but the memory of one element, to stand in for another.
     *
     * @param type the elements' type
     * @param shape the tensor's shape
     * @return a tensor of zeros, on the CPU, owned by the innermost scope
     */
    public static NDArray placeholder(DType type, Shape shape) {
        return PROGRAM.call("placeholder", shape.getShape(), type.code());
    }

    /**
     * Returns a view of a tensor's memory, for filling it.
     *
     * @param tensor a contiguous tensor on the CPU, of at most 2^31 - 1 bytes
     * @return its bytes, valid as long as the tensor is open
     */
    public static ByteBuffer memory(NDArray tensor) {
        PtNDArray raw = (PtNDArray) tensor;
        return JniUtils.getByteBuffer(raw, true);
    }

    /**
     * Returns a tensor that owns a copy of an array.
     *
     * @param values the elements, row-major
     * @param shape the tensor's shape
     * @return a float32 tensor on the innermost scope's device, owned by that scope
     */
    public static NDArray of(float[] values, long... shape) {
        return owned(TensorScope.current().manager().create(values, new Shape(shape)));
    }

    /**
     * Returns a tensor that owns a copy of an array.
     *
     * @param values the elements, row-major
     * @param shape the tensor's shape
     * @return an int64 tensor on the innermost scope's device, owned by that scope
     */
    public static NDArray of(long[] values, long... shape) {
        return owned(TensorScope.current().manager().create(values, new Shape(shape)));
    }

    /**
     * Copies values out of the Java buffer in which DJL's array creation leaves them: that buffer
     * dies with the array, though aliases, graphs and dictionaries still point into it.
     */
    private static NDArray owned(NDArray array) {
        try (array) {
            return Autograd.in(Autograd.Mode.NO_GRADIENT, () -> copy(array));
        }
    }

    /**
     * Returns a tensor's element type, bfloat16 included.
     *
     * @param tensor any tensor
     * @return its type
     */
    public static DType dtype(NDArray tensor) {
        return DType.of(PROGRAM.callLong("dtype", tensor));
    }

    /**
     * Casts a tensor; one that has the type already is returned as a new handle to the same memory.
     * Differentiable.
     *
     * @param tensor any tensor
     * @param type the new type
     * @return the tensor in that type, owned by the innermost scope
     */
    public static NDArray cast(NDArray tensor, DType type) {
        return PROGRAM.call("cast", tensor, type.code());
    }

    /**
     * Returns a copy with memory of its own.
     *
     * @param tensor any tensor
     * @return the copy, contiguous, owned by the innermost scope
     */
    public static NDArray copy(NDArray tensor) {
        return PROGRAM.call("copy", tensor);
    }

    /**
     * Overwrites a tensor's values, in its own memory: whatever shares that memory sees them.
     *
     * <p>DJL's {@code NDArray.set} does not: it gives the array other memory.
     *
     * @param target the tensor to overwrite; never one that maps a file
     * @param source its new values, of the same shape, converted to its type
     */
    public static void overwrite(NDArray target, NDArray source) {
        Autograd.in(Autograd.Mode.NO_GRADIENT, () -> PROGRAM.callLong("overwrite", target, source));
    }

    /**
     * Replaces some of a tensor's values, converting them to its type.
     *
     * @param target the tensor, contiguous
     * @param offset the first element replaced, counted in row-major order
     * @param source the values, of one dimension, the first of which are taken
     * @param count how many are replaced
     */
    public static void overwrite(NDArray target, long offset, NDArray source, long count) {
        PROGRAM.callLong("overwrite_part", target, offset, source, count);
    }

    /**
     * Moves a tensor to a device; on that device already, it is returned as a new handle.
     * Differentiable.
     *
     * @param tensor any tensor
     * @param device the device
     * @return the tensor there, owned by the innermost scope
     */
    public static NDArray to(NDArray tensor, Device device) {
        if (tensor.getDevice().equals(device)) {
            return PROGRAM.call("alias", tensor);
        }
        return PROGRAM.call("move", tensor, name(device));
    }

    /** PyTorch's name for a device. DJL's own way to another one ends the process in bfloat16. */
    static String name(Device device) {
        String type = device.isGpu() ? "cuda" : device.getDeviceType();
        return device.getDeviceId() < 0 ? type : type + ":" + device.getDeviceId();
    }

    /**
     * Copies a tensor's elements, widened or narrowed to float32.
     *
     * @param tensor any tensor, on any device
     * @return its elements, row-major
     */
    public static float[] toFloats(NDArray tensor) {
        return TensorScope.call(Device.cpu(), () -> PROGRAM.call("floats", tensor).toFloatArray());
    }

    /**
     * Reads a number.
     *
     * @param scalar a tensor of one element, on any device
     * @return its value
     */
    public static double toDouble(NDArray scalar) {
        return PROGRAM.callDouble("number", scalar);
    }

    /**
     * Copies a tensor's raw bytes.
     *
     * @param tensor any tensor, on any device
     * @return its elements, row-major and little-endian
     */
    public static ByteBuffer toBytes(NDArray tensor) {
        return TensorScope.call(
                Device.cpu(),
                () -> {
                    PtNDArray raw = (PtNDArray) PROGRAM.call("bytes", tensor);
                    return ByteBuffer.wrap(raw.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
                });
    }

    /**
     * Says whether every element is finite.
     *
     * @param tensor a floating-point tensor
     * @return false if any element is infinite or not a number
     */
    public static boolean isFinite(NDArray tensor) {
        return PROGRAM.callLong("finite", tensor) == 1;
    }
}

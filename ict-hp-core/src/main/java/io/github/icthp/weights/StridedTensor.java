package io.github.icthp.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A tensor whose values lie in steps, or big-endian: they are copied into row-major order.
 *
 * <p>Element (i, j, …) lies {@code i·strides[0] + j·strides[1] + …} elements behind the first.
 */
final class StridedTensor implements StoredTensor {

    private final TensorInfo info;
    private final ByteSource bytes;
    private final long offset;
    private final long[] sizes;
    private final long[] strides;
    private final int unit;
    private final ByteOrder order;

    /**
     * Describes the tensor; that its values lie within the bytes is checked by the caller.
     *
     * @param info name, type and shape
     * @param bytes where the values lie
     * @param offset of the tensor's first byte there
     * @param strides steps in elements, one per dimension, none negative
     * @param order of the bytes in each number
     */
    StridedTensor(TensorInfo info, ByteSource bytes, long offset, long[] strides, ByteOrder order) {
        boolean complex = info.type() == ElementType.C64;
        this.info = info;
        this.bytes = bytes;
        this.offset = offset;
        this.unit = info.type().bytes() / (complex ? 2 : 1);
        this.sizes = complex ? withPart(info.shape().getShape(), 1, 2) : info.shape().getShape();
        this.strides = complex ? withPart(strides, 2, 1) : strides.clone();
        this.order = order;
    }

    @Override
    public TensorInfo info() {
        return info;
    }

    @Override
    public ByteBuffer data() throws IOException {
        ByteBuffer target =
                ByteBuffer.allocateDirect((int) info.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        if (info.bytes() > 0) {
            copy(bytes.map(offset, span(), unit).order(order), 0, 0, target);
        }
        return target.flip();
    }

    /** Makes the two halves of a complex number a last dimension. */
    private static long[] withPart(long[] values, long factor, long last) {
        long[] extended = new long[values.length + 1];
        for (int i = 0; i < values.length; i++) {
            extended[i] = values[i] * factor;
        }
        extended[values.length] = last;
        return extended;
    }

    /** Returns the bytes from the first element to the end of the last. */
    private int span() throws IOException {
        long elements = 1;
        for (int i = 0; i < sizes.length; i++) {
            elements += (sizes[i] - 1) * strides[i];
        }
        if (elements * unit > Integer.MAX_VALUE) {
            throw new IOException(
                    info
                            + " is spread over "
                            + elements * unit
                            + " bytes, which do not fit a buffer");
        }
        return (int) elements * unit;
    }

    private void copy(ByteBuffer from, int dimension, int position, ByteBuffer to) {
        if (dimension == sizes.length) {
            copyElement(from, position, to);
            return;
        }
        int step = (int) strides[dimension] * unit;
        boolean row = dimension == sizes.length - 1;
        for (int i = 0, at = position; i < sizes[dimension]; i++, at += step) {
            if (row) {
                copyElement(from, at, to);
            } else {
                copy(from, dimension + 1, at, to);
            }
        }
    }

    private void copyElement(ByteBuffer from, int position, ByteBuffer to) {
        switch (unit) {
            case Byte.BYTES -> to.put(from.get(position));
            case Short.BYTES -> to.putShort(from.getShort(position));
            case Integer.BYTES -> to.putInt(from.getInt(position));
            default -> to.putLong(from.getLong(position));
        }
    }
}

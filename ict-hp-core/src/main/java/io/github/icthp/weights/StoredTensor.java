package io.github.icthp.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A tensor's description and the way to its values. */
interface StoredTensor {

    /** Returns name, type and shape. */
    TensorInfo info();

    /** Returns all values as {@link Weights#data} gives them; they are known to fit a buffer. */
    ByteBuffer data() throws IOException;

    /** Fills a buffer with some of the values; the range is known to lie in the tensor. */
    default void read(long offset, ByteBuffer target) throws IOException {
        target.put(data().slice((int) offset, target.remaining()));
    }

    /**
     * A tensor whose values lie one after the other, little-endian.
     *
     * @param info name, type and shape
     * @param bytes where the values lie
     * @param offset of the tensor's first byte there
     */
    record Contiguous(TensorInfo info, ByteSource bytes, long offset) implements StoredTensor {

        @Override
        public ByteBuffer data() throws IOException {
            int alignment = Math.max(1, info.type().bits() / Byte.SIZE);
            return bytes.map(offset, (int) info.bytes(), alignment).order(ByteOrder.LITTLE_ENDIAN);
        }

        @Override
        public void read(long from, ByteBuffer target) throws IOException {
            bytes.read(offset + from, target);
        }
    }
}

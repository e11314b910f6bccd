package io.github.icthp.train.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Direct buffers of one size that are used again. */
final class PixelPool {

    private final int floats;
    private final Queue<FloatBuffer> free = new ConcurrentLinkedQueue<>();

    /**
     * Makes an empty pool.
     *
     * @throws IllegalArgumentException if a buffer would be 2 GiB or more
     */
    PixelPool(long floats) {
        if (floats > Integer.MAX_VALUE / Float.BYTES) {
            throw new IllegalArgumentException(
                    "a batch of %d pixel values does not fit a buffer of 2 GiB; take smaller batches"
                            .formatted(floats));
        }
        this.floats = (int) floats;
    }

    FloatBuffer take() {
        FloatBuffer buffer = free.poll();
        if (buffer == null) {
            return ByteBuffer.allocateDirect(floats * Float.BYTES)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
        }
        return buffer.clear();
    }

    void give(FloatBuffer buffer) {
        free.add(buffer);
    }
}

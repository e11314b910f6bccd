package io.github.icthp.train.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Direct buffers of one size that are used again. */
final class PixelPool {

    private final int bytes;
    private final Queue<ByteBuffer> free = new ConcurrentLinkedQueue<>();

    /**
     * Makes an empty pool.
     *
     * @throws IllegalArgumentException if a buffer would be 2 GiB or more
     */
    PixelPool(long bytes) {
        if (bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "TripletLoader: a batch of %d bytes does not fit a buffer of 2 GiB; take smaller batches",
                            bytes));
        }
        this.bytes = (int) bytes;
    }

    ByteBuffer take() {
        ByteBuffer buffer = free.poll();
        if (buffer == null) {
            return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        }
        return buffer.clear();
    }

    void give(ByteBuffer buffer) {
        free.add(buffer);
    }
}

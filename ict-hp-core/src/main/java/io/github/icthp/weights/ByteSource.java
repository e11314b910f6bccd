package io.github.icthp.weights;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Bytes that lie somewhere in an open file, plain or compressed. */
interface ByteSource {

    /** Returns how many bytes there are, uncompressed. */
    long size();

    /**
     * Returns a direct buffer over a range, which is checked by the caller and fits a buffer.
     *
     * @param alignment what the first byte's address must be a multiple of, a power of two
     */
    ByteBuffer map(long offset, int length, int alignment) throws IOException;

    /** Fills a buffer from an offset on; the range is checked by the caller. */
    void read(long offset, ByteBuffer target) throws IOException;
}

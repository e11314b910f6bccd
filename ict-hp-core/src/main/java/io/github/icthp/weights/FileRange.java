package io.github.icthp.weights;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * A range of a file as it is.
 *
 * @param channel the open file
 * @param start the range's first byte
 * @param size the range's bytes
 */
record FileRange(FileChannel channel, long start, long size) implements ByteSource {

    /** Maps the range, or copies it where the file does not have it aligned. */
    @Override
    public ByteBuffer map(long offset, int length, int alignment) throws IOException {
        if (length > 0 && (start + offset) % alignment == 0) {
            return channel.map(FileChannel.MapMode.READ_ONLY, start + offset, length);
        }
        ByteBuffer copy = ByteBuffer.allocateDirect(length);
        read(offset, copy);
        return copy.flip();
    }

    @Override
    public void read(long offset, ByteBuffer target) throws IOException {
        long position = start + offset;
        while (target.hasRemaining()) {
            int count = channel.read(target, position);
            if (count < 0) {
                throw new EOFException(
                        "the file ends before byte " + (position + target.remaining()));
            }
            position += count;
        }
    }
}

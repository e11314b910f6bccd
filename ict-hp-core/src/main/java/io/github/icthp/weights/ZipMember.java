package io.github.icthp.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A file in a zip archive.
 *
 * @param name its path in the archive
 * @param packed its bytes as they lie in the archive
 * @param deflated whether they are compressed
 * @param size its bytes when unpacked
 * @param crc the check sum of the unpacked bytes
 */
record ZipMember(String name, FileRange packed, boolean deflated, long size, long crc)
        implements ByteSource {

    /** No deflated stream grows more: 258 bytes from two bits. */
    static final long MAX_RATIO = 1032;

    @Override
    public ByteBuffer map(long offset, int length, int alignment) throws IOException {
        return deflated
                ? unpack().slice((int) offset, length)
                : packed.map(offset, length, alignment);
    }

    @Override
    public void read(long offset, ByteBuffer target) throws IOException {
        if (deflated) {
            target.put(unpack().slice((int) offset, target.remaining()));
        } else {
            packed.read(offset, target);
        }
    }

    /** Returns the whole member, checked against its check sum. */
    ByteBuffer unpack() throws IOException {
        if (size > Integer.MAX_VALUE || packed.size() > Integer.MAX_VALUE) {
            throw new DamagedDataException("'" + name + "' is too large to unpack: " + size);
        }
        ByteBuffer raw = packed.map(0, (int) packed.size(), 1);
        ByteBuffer whole = deflated ? inflate(raw) : raw;
        CRC32 sum = new CRC32();
        sum.update(whole.duplicate());
        if (sum.getValue() != crc) {
            throw new DamagedDataException("the check sum of '" + name + "' does not fit");
        }
        return whole;
    }

    private ByteBuffer inflate(ByteBuffer raw) throws IOException {
        ByteBuffer whole = ByteBuffer.allocateDirect((int) size);
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(raw);
            while (!inflater.finished()) {
                int count = inflater.inflate(whole);
                if (count == 0 && !inflater.finished()) {
                    throw new DamagedDataException(
                            "'" + name + "' does not unpack to " + size + " bytes");
                }
            }
        } catch (DataFormatException e) {
            throw new DamagedDataException("'" + name + "' cannot be unpacked", e);
        } finally {
            inflater.end();
        }
        if (whole.hasRemaining()) {
            throw new DamagedDataException(
                    "'" + name + "' unpacks to " + whole.position() + " bytes, not " + size);
        }
        return whole.flip();
    }
}

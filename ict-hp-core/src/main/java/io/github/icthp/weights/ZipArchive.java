package io.github.icthp.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The members of a zip archive and where their bytes lie, which the JDK's reader does not tell.
 *
 * <p>Reads the directory at the archive's end (PKWARE's APPNOTE 4.3), 64-bit sizes included.
 * Encrypted, split and otherwise packed archives are refused.
 */
final class ZipArchive {

    private static final int LOCAL_HEADER = 0x04034b50;
    private static final int CENTRAL_HEADER = 0x02014b50;
    private static final int END = 0x06054b50;
    private static final int END_64 = 0x06064b50;
    private static final int LOCATOR_64 = 0x07064b50;

    private static final int LOCAL_SIZE = 30;
    private static final int CENTRAL_SIZE = 46;
    private static final int END_SIZE = 22;
    private static final int END_64_SIZE = 56;
    private static final int LOCATOR_64_SIZE = 20;
    private static final int MAX_COMMENT = 0xffff;
    private static final int MAX_DIRECTORY = 1 << 28;

    private static final int EXTRA_64 = 1;
    private static final long IN_EXTRA = 0xffffffffL;
    private static final int STORED = 0;
    private static final int DEFLATED = 8;
    private static final int ENCRYPTED = 1;

    private final FileChannel channel;
    private final long fileSize;
    private final Map<String, ZipMember> members = new LinkedHashMap<>();

    private ZipArchive(FileChannel channel) throws IOException {
        this.channel = channel;
        this.fileSize = channel.size();
    }

    /** Reads an archive's directory. */
    static Map<String, ZipMember> read(FileChannel channel) throws IOException {
        ZipArchive archive = new ZipArchive(channel);
        archive.readDirectory();
        return archive.members;
    }

    private void readDirectory() throws IOException {
        int tail = (int) Math.min(fileSize, END_SIZE + MAX_COMMENT);
        ByteBuffer end = at(fileSize - tail, tail);
        int position = tail - END_SIZE;
        while (position >= 0 && end.getInt(position) != END) {
            position--;
        }
        require(position >= 0, "the archive's end is missing");
        long count = Short.toUnsignedLong(end.getShort(position + 10));
        long size = Integer.toUnsignedLong(end.getInt(position + 12));
        long start = Integer.toUnsignedLong(end.getInt(position + 16));
        long endAt = fileSize - tail + position;
        if (count == 0xffff || size == IN_EXTRA || start == IN_EXTRA) {
            ByteBuffer end64 = end64(endAt);
            count = end64.getLong(32);
            size = end64.getLong(40);
            start = end64.getLong(48);
        }
        require(
                size >= 0 && size <= MAX_DIRECTORY && start >= 0 && start <= endAt - size,
                "a directory of " + size + " bytes at " + start + " in a file of " + fileSize);
        ByteBuffer directory = at(start, (int) size);
        for (long i = 0; i < count; i++) {
            addMember(directory);
        }
    }

    private ByteBuffer end64(long endAt) throws IOException {
        ByteBuffer locator = at(endAt - LOCATOR_64_SIZE, LOCATOR_64_SIZE);
        require(locator.getInt(0) == LOCATOR_64, "the archive's 64-bit end is missing");
        ByteBuffer end64 = at(locator.getLong(8), END_64_SIZE);
        require(end64.getInt(0) == END_64, "the archive's 64-bit end is damaged");
        return end64;
    }

    private void addMember(ByteBuffer directory) throws IOException {
        int at = directory.position();
        require(directory.remaining() >= CENTRAL_SIZE, "the archive's directory is cut off");
        require(directory.getInt(at) == CENTRAL_HEADER, "the archive's directory is damaged");
        int nameLength = Short.toUnsignedInt(directory.getShort(at + 28));
        int extraLength = Short.toUnsignedInt(directory.getShort(at + 30));
        int commentLength = Short.toUnsignedInt(directory.getShort(at + 32));
        int length = CENTRAL_SIZE + nameLength + extraLength + commentLength;
        require(directory.remaining() >= length, "the archive's directory is cut off");
        ByteBuffer header = directory.slice(at, length).order(ByteOrder.LITTLE_ENDIAN);
        directory.position(at + length);

        byte[] name = new byte[nameLength];
        header.get(CENTRAL_SIZE, name);
        String path = new String(name, StandardCharsets.UTF_8);
        int method = Short.toUnsignedInt(header.getShort(10));
        require((header.getShort(8) & ENCRYPTED) == 0, "'" + path + "' is encrypted");
        require(
                method == STORED || method == DEFLATED,
                "'" + path + "' is packed by method " + method);
        ZipMember member = member(path, method == DEFLATED, header, CENTRAL_SIZE + nameLength);
        require(members.put(path, member) == null, "'" + path + "' is there twice");
    }

    private ZipMember member(String path, boolean deflated, ByteBuffer header, int extraAt)
            throws IOException {
        long crc = Integer.toUnsignedLong(header.getInt(16));
        long[] fields = {
            Integer.toUnsignedLong(header.getInt(24)),
            Integer.toUnsignedLong(header.getInt(20)),
            Integer.toUnsignedLong(header.getInt(42))
        };
        int extraLength = Short.toUnsignedInt(header.getShort(30));
        widen(fields, header.slice(extraAt, extraLength).order(ByteOrder.LITTLE_ENDIAN), path);
        long size = fields[0];
        long packed = fields[1];
        long start = dataStart(path, fields[2]);
        require(
                packed >= 0 && packed <= fileSize - start,
                "'" + path + "' has " + packed + " bytes at " + start + ", behind the file's end");
        require(
                deflated ? size >= 0 && size / ZipMember.MAX_RATIO <= packed : size == packed,
                "'" + path + "' cannot unpack from " + packed + " to " + size + " bytes");
        return new ZipMember(path, new FileRange(channel, start, packed), deflated, size, crc);
    }

    /** Takes size, packed size and offset, in this order, from the 64-bit extra where needed. */
    private static void widen(long[] fields, ByteBuffer extra, String path) throws IOException {
        while (extra.remaining() >= 4) {
            int kind = Short.toUnsignedInt(extra.getShort());
            int length = Short.toUnsignedInt(extra.getShort());
            require(length <= extra.remaining(), "'" + path + "' has a damaged extra field");
            if (kind == EXTRA_64) {
                ByteBuffer values =
                        extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
                for (int i = 0; i < fields.length; i++) {
                    if (fields[i] == IN_EXTRA && values.remaining() >= Long.BYTES) {
                        fields[i] = values.getLong();
                    }
                }
                return;
            }
            extra.position(extra.position() + length);
        }
    }

    private long dataStart(String path, long headerAt) throws IOException {
        ByteBuffer local = at(headerAt, LOCAL_SIZE);
        require(local.getInt(0) == LOCAL_HEADER, "'" + path + "' does not begin where it should");
        return headerAt
                + LOCAL_SIZE
                + Short.toUnsignedInt(local.getShort(26))
                + Short.toUnsignedInt(local.getShort(28));
    }

    private ByteBuffer at(long position, int length) throws IOException {
        require(
                position >= 0 && position <= fileSize - length,
                "the archive refers to bytes outside of the file");
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        new FileRange(channel, position, length).read(0, buffer);
        return buffer.flip();
    }

    private static void require(boolean condition, String message) throws IOException {
        if (!condition) {
            throw new DamagedDataException(message);
        }
    }
}

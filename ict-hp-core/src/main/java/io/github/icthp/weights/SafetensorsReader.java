package io.github.icthp.weights;

import com.google.gson.stream.MalformedJsonException;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Opens a safetensors file: eight bytes with the header's length, a JSON header, the values.
 *
 * <p>Everything the format promises is checked before anything is believed: see {@link
 * SafetensorsHeader}.
 */
final class SafetensorsReader {

    /** The format's own limit. */
    static final long MAX_HEADER = 100_000_000;

    private SafetensorsReader() {}

    static Weights open(Path file) {
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open the weights file " + file, e);
        }
        try {
            SafetensorsHeader header = readHeader(file, channel);
            return new MappedWeights(channel, file.toString(), header.extents(), header.metadata());
        } catch (RuntimeException | Error e) {
            try {
                channel.close();
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    private static SafetensorsHeader readHeader(Path file, FileChannel channel) {
        try {
            long size = channel.size();
            if (size < Long.BYTES) {
                throw bad(file, "a header length of 8 bytes expected, the file has " + size);
            }
            long length = read(channel, 0, Long.BYTES).getLong();
            if (length < 0 || length > MAX_HEADER) {
                throw bad(
                        file,
                        "header of "
                                + Long.toUnsignedString(length)
                                + " bytes, the format allows "
                                + MAX_HEADER);
            }
            if (length > size - Long.BYTES) {
                throw bad(file, "header of " + length + " bytes in a file of " + size);
            }
            String json =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(read(channel, Long.BYTES, (int) length))
                            .toString();
            return SafetensorsHeader.parse(json, Long.BYTES + length, size);
        } catch (CharacterCodingException e) {
            throw new WeightsFormatException(describe(file, "the header is not UTF-8"), e);
        } catch (MalformedJsonException | EOFException | IllegalArgumentException e) {
            throw new WeightsFormatException(describe(file, String.valueOf(e.getMessage())), e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the weights file " + file, e);
        }
    }

    private static ByteBuffer read(FileChannel channel, long position, int length)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new EOFException("the file became shorter while it was read");
            }
        }
        return buffer.flip();
    }

    private static WeightsFormatException bad(Path file, String what) {
        return new WeightsFormatException(describe(file, what));
    }

    private static String describe(Path file, String what) {
        return file
                + " is no valid safetensors file: "
                + what
                + ". It may be cut off or damaged: fetch or write it again";
    }
}

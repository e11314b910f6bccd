package io.github.icthp.weights;

import com.google.gson.stream.MalformedJsonException;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

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
        return WeightsFiles.withChannel(
                file,
                channel -> {
                    SafetensorsHeader header = readHeader(file, channel);
                    return new StoredWeights(
                            channel, file.toString(), header.tensors(channel), header.metadata());
                });
    }

    private static SafetensorsHeader readHeader(Path file, FileChannel channel) throws IOException {
        try {
            long size = channel.size();
            if (size < Long.BYTES) {
                throw new DamagedDataException(
                        "a header length of 8 bytes expected, the file has " + size);
            }
            long length = read(channel, 0, Long.BYTES).getLong();
            if (length < 0 || length > MAX_HEADER) {
                throw new DamagedDataException(
                        "header of "
                                + Long.toUnsignedString(length)
                                + " bytes, the format allows "
                                + MAX_HEADER);
            }
            if (length > size - Long.BYTES) {
                throw new DamagedDataException(
                        "header of " + length + " bytes in a file of " + size);
            }
            String json =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(read(channel, Long.BYTES, (int) length))
                            .toString();
            return SafetensorsHeader.parse(json, Long.BYTES + length, size);
        } catch (CharacterCodingException e) {
            throw bad(file, "the header is not UTF-8", e);
        } catch (MalformedJsonException | EOFException e) {
            throw bad(file, "the header is no JSON object (" + JsonProblem.of(e) + ")", e);
        } catch (DamagedDataException | IllegalArgumentException e) {
            throw bad(file, e.getMessage(), e);
        }
    }

    private static ByteBuffer read(FileChannel channel, long position, int length)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        new FileRange(channel, position, length).read(0, buffer);
        return buffer.flip();
    }

    private static WeightsFormatException bad(Path file, String what, Exception cause) {
        return new WeightsFormatException(
                file
                        + " is no valid safetensors file: "
                        + what
                        + ". It may be cut off or damaged: fetch or write it again",
                cause);
    }
}

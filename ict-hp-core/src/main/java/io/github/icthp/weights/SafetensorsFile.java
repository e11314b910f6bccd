package io.github.icthp.weights;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import io.github.icthp.files.DurableFiles;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * Lays out a safetensors file and writes it in one pass: eight bytes with the header's length, a
 * JSON header padded to eight bytes, the values with the widest elements first so that all are
 * aligned.
 *
 * <p>A file is written under another name, forced to the disk and then renamed: whoever sees it
 * sees all of it.
 */
final class SafetensorsFile {

    private static final int ALIGNMENT = 8;

    private SafetensorsFile() {}

    /**
     * A tensor to be written.
     *
     * @param info name, type and shape
     * @param values writes the tensor's bytes, contiguous and little-endian
     */
    record Part(TensorInfo info, Values values) {}

    /** Writes a tensor's bytes. */
    interface Values {

        /** Writes all of them, in as many steps as needed. */
        void writeTo(FileChannel channel) throws IOException;
    }

    /** Writes a file, replacing it if it exists; if that fails, an earlier file stays. */
    static void write(Path file, List<Part> parts, Map<String, String> metadata) {
        List<Part> ordered =
                parts.stream()
                        .sorted(
                                Comparator.<Part>comparingInt(p -> -p.info().type().bits())
                                        .thenComparing(p -> p.info().name()))
                        .toList();
        ByteBuffer header = header(ordered, metadata);
        try {
            DurableFiles.write(file, unfinished -> writeAll(unfinished, header, ordered));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the weights file " + file + " could not be written (" + e.getMessage() + ")",
                    e);
        }
    }

    private static void writeAll(Path file, ByteBuffer header, List<Part> parts)
            throws IOException {
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            writeFully(channel, header);
            for (Part part : parts) {
                long start = channel.position();
                part.values().writeTo(channel);
                long written = channel.position() - start;
                if (written != part.info().bytes()) {
                    throw new IOException(
                            part.info()
                                    + " has "
                                    + part.info().bytes()
                                    + " bytes, "
                                    + written
                                    + " were written");
                }
            }
        }
    }

    private static ByteBuffer header(List<Part> parts, Map<String, String> metadata) {
        JsonObject header = new JsonObject();
        if (!metadata.isEmpty()) {
            JsonObject strings = new JsonObject();
            metadata.forEach(strings::addProperty);
            header.add(SafetensorsHeader.METADATA, strings);
        }
        Set<String> names = new HashSet<>(Set.of(SafetensorsHeader.METADATA));
        long offset = 0;
        for (Part part : parts) {
            TensorInfo info = part.info();
            if (!names.add(info.name())) {
                throw new IllegalArgumentException(
                        "a safetensors file cannot hold a tensor '"
                                + info.name()
                                + "': the name is reserved or used twice");
            }
            long end = Math.addExact(offset, info.bytes());
            JsonObject tensor = new JsonObject();
            tensor.addProperty("dtype", info.type().name());
            tensor.add("shape", array(info.shape().getShape()));
            tensor.add("data_offsets", array(offset, end));
            header.add(info.name(), tensor);
            offset = end;
        }
        return encode(header);
    }

    private static ByteBuffer encode(JsonObject header) {
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        int padded = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        if (padded > SafetensorsReader.MAX_HEADER) {
            throw new IllegalArgumentException(
                    "a safetensors header has at most "
                            + SafetensorsReader.MAX_HEADER
                            + " bytes, these names and metadata need "
                            + padded);
        }
        ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES + padded).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(padded).put(json);
        while (buffer.hasRemaining()) {
            buffer.put((byte) ' ');
        }
        return buffer.flip();
    }

    static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static JsonArray array(long... values) {
        JsonArray array = new JsonArray();
        LongStream.of(values).forEach(array::add);
        return array;
    }
}

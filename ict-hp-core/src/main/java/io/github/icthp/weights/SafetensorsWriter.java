package io.github.icthp.weights;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Writes safetensors files: eight bytes with the header's length, a JSON header, the values.
 *
 * <p>A file is written under another name, forced to the disk and then renamed: whoever sees it
 * sees all of it.
 */
public final class SafetensorsWriter {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(SafetensorsWriter.class, "safetensors.torchscript");

    /** Elements written at a time; their bytes fit one buffer. */
    private static final long CHUNK = 1 << 24;

    private SafetensorsWriter() {}

    /**
     * Writes tensors to a file, replacing it if it exists.
     *
     * @param file the file; its folder is made if it is not there
     * @param tensors the tensors by name, on any device, in any layout
     * @param metadata what the file says of itself; empty for nothing
     * @throws UncheckedIOException if it cannot be written; an earlier file stays as it was
     */
    public static void write(
            Path file, Map<String, NDArray> tensors, Map<String, String> metadata) {
        Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            writeAll(unfinished, tensors, metadata);
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            try {
                Files.deleteIfExists(unfinished);
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw new UncheckedIOException(
                    "the weights file " + file + " could not be written (" + e.getMessage() + ")",
                    e);
        }
    }

    private static void writeAll(
            Path file, Map<String, NDArray> tensors, Map<String, String> metadata)
            throws IOException {
        // Wide elements first, so that all are aligned.
        List<Map.Entry<String, NDArray>> ordered =
                tensors.entrySet().stream()
                        .sorted(
                                Comparator.<Map.Entry<String, NDArray>>comparingInt(
                                                e -> -Tensors.dtype(e.getValue()).bytes())
                                        .thenComparing(Map.Entry::getKey))
                        .toList();
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            writeFully(channel, header(ordered, metadata));
            for (Map.Entry<String, NDArray> entry : ordered) {
                writeValues(channel, entry.getValue());
            }
            channel.force(true);
        }
    }

    private static ByteBuffer header(
            List<Map.Entry<String, NDArray>> tensors, Map<String, String> metadata) {
        JsonObject header = new JsonObject();
        if (!metadata.isEmpty()) {
            JsonObject strings = new JsonObject();
            metadata.forEach(strings::addProperty);
            header.add("__metadata__", strings);
        }
        long offset = 0;
        for (Map.Entry<String, NDArray> entry : tensors) {
            DType type = Tensors.dtype(entry.getValue());
            Shape shape = entry.getValue().getShape();
            long end = offset + shape.size() * type.bytes();
            JsonObject tensor = new JsonObject();
            tensor.addProperty("dtype", elementType(type).name());
            tensor.add("shape", array(shape.getShape()));
            tensor.add("data_offsets", array(offset, end));
            header.add(entry.getKey(), tensor);
            offset = end;
        }
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        int padded = (json.length + 7) / 8 * 8;
        ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES + padded).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(padded).put(json);
        while (buffer.hasRemaining()) {
            buffer.put((byte) ' ');
        }
        return buffer.flip();
    }

    private static void writeValues(FileChannel channel, NDArray tensor) throws IOException {
        long size = tensor.size();
        for (long from = 0; from < size; from += CHUNK) {
            long count = Math.min(CHUNK, size - from);
            long start = from;
            try (TensorScope scope = TensorScope.open(Device.cpu())) {
                NDArray chunk =
                        Autograd.in(
                                Autograd.Mode.NO_GRADIENT,
                                () -> PROGRAM.call("chunk", tensor, start, count));
                writeFully(channel, Tensors.memory(chunk));
                assert scope == TensorScope.current();
            }
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static JsonArray array(long... values) {
        JsonArray array = new JsonArray();
        LongStream.of(values).forEach(array::add);
        return array;
    }

    private static ElementType elementType(DType type) {
        return switch (type) {
            case UINT8 -> ElementType.U8;
            case INT8 -> ElementType.I8;
            case INT16 -> ElementType.I16;
            case INT32 -> ElementType.I32;
            case INT64 -> ElementType.I64;
            case FLOAT16 -> ElementType.F16;
            case FLOAT32 -> ElementType.F32;
            case FLOAT64 -> ElementType.F64;
            case BOOL -> ElementType.BOOL;
            case BFLOAT16 -> ElementType.BF16;
        };
    }
}

package io.github.icthp.weights;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.weights.SafetensorsFile.Part;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Map;

/**
 * Writes safetensors files, a few megabytes at a time.
 *
 * <p>A file is written under another name, forced to the disk and then renamed: whoever sees it
 * sees all of it.
 */
public final class SafetensorsWriter {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(SafetensorsWriter.class, "safetensors.torchscript");

    /** Elements written at a time; their bytes fit one buffer. */
    private static final long CHUNK = 1 << 24;

    /** Bytes copied at a time. */
    private static final int COPIED = 1 << 23;

    private SafetensorsWriter() {}

    /**
     * Writes tensors to a file, replacing it if it exists.
     *
     * @param file the file; its folder is made if it is not there
     * @param tensors the tensors by name, on any device, in any layout
     * @param metadata what the file says of itself; empty for nothing
     * @throws IllegalArgumentException if a name is {@code __metadata__}
     * @throws UncheckedIOException if it cannot be written; an earlier file stays as it was
     */
    public static void write(
            Path file, Map<String, NDArray> tensors, Map<String, String> metadata) {
        SafetensorsFile.write(
                file,
                tensors.entrySet().stream().map(e -> part(e.getKey(), e.getValue())).toList(),
                metadata);
    }

    /**
     * Writes open weights to a file, for example to convert a PyTorch checkpoint.
     *
     * <p>The values are copied as they are, in their own types.
     *
     * @param file the file; it may be the one that the weights are read from
     * @param weights what to write, with its metadata
     * @throws IllegalArgumentException if a name is {@code __metadata__}
     * @throws UncheckedIOException if it cannot be read or written; an earlier file stays as it was
     */
    public static void write(Path file, Weights weights) {
        SafetensorsFile.write(
                file,
                weights.names().stream()
                        .map(
                                name ->
                                        new Part(
                                                weights.info(name),
                                                channel -> copy(weights, name, channel)))
                        .toList(),
                weights.metadata());
    }

    private static void copy(Weights weights, String name, FileChannel channel) throws IOException {
        long size = weights.info(name).bytes();
        ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(COPIED, size));
        for (long offset = 0; offset < size; offset += buffer.limit()) {
            buffer.clear().limit((int) Math.min(COPIED, size - offset));
            weights.read(name, offset, buffer);
            SafetensorsFile.writeFully(channel, buffer.flip());
        }
    }

    private static Part part(String name, NDArray tensor) {
        ElementType type = elementType(Tensors.dtype(tensor));
        return new Part(
                new TensorInfo(name, type, tensor.getShape()),
                channel -> writeValues(channel, tensor));
    }

    private static void writeValues(FileChannel channel, NDArray tensor) throws IOException {
        long size = tensor.size();
        for (long from = 0; from < size; from += CHUNK) {
            long count = Math.min(CHUNK, size - from);
            long start = from;
            TensorScope.run(
                    Device.cpu(),
                    () -> {
                        NDArray chunk =
                                Autograd.in(
                                        Autograd.Mode.NO_GRADIENT,
                                        () -> PROGRAM.call("chunk", tensor, start, count));
                        SafetensorsFile.writeFully(channel, Tensors.memory(chunk));
                    });
        }
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

package io.github.icthp.weights;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Named tensors of a model, open for reading.
 *
 * <p>Opening reads names, types and shapes only; values are read when asked for, memory-mapped
 * where the file allows. Instances may be shared between threads.
 *
 * <pre>{@code
 * try (Weights weights = Weights.open(Path.of("model.safetensors"))) {
 *     for (String name : weights.names()) {
 *         System.out.println(weights.info(name));
 *     }
 *     ByteBuffer bias = weights.data("fc.bias");
 * }
 * }</pre>
 */
public interface Weights extends AutoCloseable {

    /**
     * Opens a file, or the weights in a folder.
     *
     * <p>A file may be safetensors ({@code .safetensors}), a PyTorch checkpoint ({@code .bin},
     * {@code .pt}, {@code .pth}, {@code .ckpt}) or the index of a sharded one ({@code
     * .index.json}). In a folder the names of {@link #fileNames} are looked for, in this order.
     *
     * @param path a file or folder
     * @return the open weights, to be closed by the caller
     * @throws WeightsFormatException if the file breaks its format
     * @throws java.io.UncheckedIOException if the file is missing or cannot be read
     */
    static Weights open(Path path) {
        return WeightsFiles.open(path);
    }

    /**
     * Finds the file that {@link #open} would open, without reading it.
     *
     * @param path a file or folder
     * @return the file
     * @throws java.io.UncheckedIOException if there is none; it says what was looked for
     */
    static Path locate(Path path) {
        return WeightsFiles.locate(path);
    }

    /**
     * Returns what the weights in a folder may be called; {@link #open} takes the first that is
     * there.
     *
     * @return file names
     */
    static List<String> fileNames() {
        return WeightsFiles.IN_FOLDER;
    }

    /**
     * Returns the tensors' names.
     *
     * @return all names, in the order of the file
     */
    Set<String> names();

    /**
     * Describes a tensor.
     *
     * @param name one of {@link #names()}
     * @return its type and shape
     * @throws IllegalArgumentException if there is no such tensor
     */
    TensorInfo info(String name);

    /**
     * Returns a tensor's values: contiguous, row-major, little-endian, in a direct buffer from
     * position 0 to its limit.
     *
     * <p>The buffer is usually a map of the file and then read-only. It stays valid after {@link
     * #close()} for as long as it is reachable. Mapped pages that were touched count as resident
     * memory until the buffer is garbage; {@link #read} avoids that. The file must not be
     * overwritten in place meanwhile (replacing it by a move is fine).
     *
     * @param name one of {@link #names()}
     * @return a buffer of {@link TensorInfo#bytes()} bytes
     * @throws IllegalArgumentException if there is no such tensor, or it has more than 2^31 - 1
     *     bytes
     * @throws IllegalStateException if these weights are closed
     * @throws WeightsFormatException if the values turn out to be damaged
     * @throws java.io.UncheckedIOException if the file cannot be read
     */
    ByteBuffer data(String name);

    /**
     * Copies some of a tensor's values, as they lie in {@link #data}, without mapping the file
     * where that can be avoided. This is the way to read tensors over 2 GiB, and to convert values
     * on the way without keeping the whole file in memory.
     *
     * @param name one of {@link #names()}
     * @param offset where to begin, in bytes from the tensor's first
     * @param target filled from its position to its limit
     * @throws IllegalArgumentException if there is no such tensor or it ends before the target is
     *     full
     * @throws IllegalStateException if these weights are closed
     * @throws WeightsFormatException if the values turn out to be damaged
     * @throws java.io.UncheckedIOException if the file cannot be read
     */
    default void read(String name, long offset, ByteBuffer target) {
        info(name).requireRange(offset, target.remaining());
        target.put(data(name).slice((int) offset, target.remaining()));
    }

    /**
     * Returns what the file says of itself, for example {@code format=pt}.
     *
     * @return the metadata, empty if there is none
     */
    Map<String, String> metadata();

    /**
     * Returns where the weights come from, for messages and records.
     *
     * @return a path or other description
     */
    String source();

    /** Closes the file. Buffers already handed out stay valid. */
    @Override
    void close();
}

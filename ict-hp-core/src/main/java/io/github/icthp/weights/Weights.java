package io.github.icthp.weights;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
     * .index.json}). In a folder the names of {@link #fileNames} are looked for, in this order, and
     * then the one variant that is there, such as {@code model.fp16.safetensors}.
     *
     * <p>Names are those of the file. Of a checkpoint with other things beside the model, such as
     * {@code {"model_state_dict": …, "optimizer": …}}, the one dictionary of tensors is taken; an
     * IP-Adapter's two, {@code image_proj} and {@code ip_adapter}, are put before the names in
     * them.
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
     * Opens a model's weights as {@link #open} does, and takes off what training code wraps around
     * its names: {@code module.}, {@code model.} and the like before all of them, and the parts of
     * {@code torch.compile}, FSDP and activation checkpointing within them.
     *
     * @param path a file or folder
     * @return the open weights, to be closed by the caller
     * @throws WeightsFormatException if the file breaks its format, or holds several models
     * @throws java.io.UncheckedIOException if the file is missing or cannot be read
     */
    static Weights openModel(Path path) {
        return Wrappers.unwrap(open(path));
    }

    /**
     * Finds the file that {@link #open} would open, without reading it.
     *
     * @param path a file or folder
     * @return the file
     * @throws java.io.UncheckedIOException if there is none; it says what was looked for
     */
    static Path locate(Path path) {
        return WeightsFiles.locate(path, Optional.empty());
    }

    /**
     * Finds a variant of weights, without reading it.
     *
     * @param path a file or folder
     * @param variant the variant's name, for example {@code fp16}; where a folder lacks it, weights
     *     without a variant are taken
     * @return the file
     * @throws java.io.UncheckedIOException if there is none; it names the variants that are there
     */
    static Path locate(Path path, String variant) {
        return WeightsFiles.locate(path, Optional.of(variant));
    }

    /**
     * Returns the files that weights lie in.
     *
     * @param path a file or folder
     * @return the file that {@link #locate} finds, and with an index its shards behind it
     * @throws WeightsFormatException if it is an index and damaged
     * @throws java.io.UncheckedIOException if there is none
     */
    static List<Path> files(Path path) {
        return WeightsFiles.files(locate(path));
    }

    /**
     * Returns what weights in a folder would be called without their variant.
     *
     * @param name a file's name, for example {@code model.fp16.safetensors}
     * @return the name without a variant; the same name if it has none
     */
    static String withoutVariant(String name) {
        return WeightsFolder.plain(name);
    }

    /**
     * Returns the variants of the weights in a folder.
     *
     * @param folder a folder
     * @return their names, for example {@code fp16}
     */
    static Set<String> variants(Path folder) {
        return new WeightsFolder(folder).variantNames();
    }

    /**
     * Returns what the weights in a folder may be called; {@link #open} takes the first that is
     * there.
     *
     * @return file names
     */
    static List<String> fileNames() {
        return WeightsFolder.PLAIN;
    }

    /**
     * Returns the tensors' names.
     *
     * @return all names, in the order of the file
     */
    Set<String> names();

    /**
     * Shows some of these tensors under other names; values stay where they are.
     *
     * @param saved what each tensor of the view is called here, by its name in the view; tensors
     *     that it does not name are left out
     * @return a view, closed with these
     * @throws IllegalArgumentException if there is no such tensor
     */
    default Weights renamed(Map<String, String> saved) {
        Map<String, List<Rows>> parts = new LinkedHashMap<>();
        saved.forEach((name, original) -> parts.put(name, List.of(Rows.all(info(original)))));
        return ofRows(parts);
    }

    /**
     * Shows tensors that are made of rows of these, one part behind the other.
     *
     * @param parts what each tensor of the view is made of, by its name in the view: rows of
     *     tensors that are alike but for their first dimension; what no part names is left out
     * @return a view, closed with these; rows that lie together stay where they are
     * @throws IllegalArgumentException if there is no such tensor
     * @throws WeightsFormatException if a tensor does not have the rows
     */
    default Weights ofRows(Map<String, List<Rows>> parts) {
        return new RowWeights(this, parts);
    }

    /**
     * Rows of a tensor: indices {@code first} to {@code first + count - 1} of its first dimension.
     *
     * @param original the tensor's name
     * @param first the first row
     * @param count how many rows
     */
    record Rows(String original, long first, long count) {

        /**
         * Returns all rows of a tensor; a scalar has one.
         *
         * @param tensor the tensor
         * @return its rows
         */
        public static Rows all(TensorInfo tensor) {
            long count = tensor.shape().dimension() == 0 ? 1 : tensor.shape().get(0);
            return new Rows(tensor.name(), 0, count);
        }
    }

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
     * <p>The buffer is usually a map of the file and then read-only; a copy never is. It stays
     * valid after {@link #close()} for as long as it is reachable. Mapped pages that were touched
     * count as resident memory until the buffer is garbage; {@link #read} avoids that. The file
     * must not be overwritten in place meanwhile (replacing it by a move is fine).
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

package io.github.icthp.diffusion.model;

import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What a graph keeps of linear layers and of what lies around them: frozen layers keep nothing for
 * the way back, unless the size says so and nothing else of their input's shape is kept; a layer
 * with an adapter keeps its input.
 *
 * @param size what passes through
 * @param adapted says of a layer's path whether it is adapted
 */
public record SavedActivations(PassSize size, Predicate<String> adapted) {

    /**
     * Tells what layers of one input keep.
     *
     * @param path the block's path, up to the layers' names
     * @param bytes of the input
     * @param layers their names
     * @return the bytes, or 0
     */
    public long of(String path, long bytes, String... layers) {
        return size.inputsKept() ? bytes : ifAdapted(path, bytes, layers);
    }

    private long ifAdapted(String path, long bytes, String... layers) {
        return Stream.of(layers).anyMatch(layer -> adapted.test(path + layer)) ? bytes : 0;
    }

    /**
     * Tells what a feed-forward part keeps: the stream before its norm, and before the activation;
     * with adapters also after both.
     *
     * @param path the part's path, with the dot
     * @param stream bytes of the stream
     * @return the bytes
     */
    public long feedForward(String path, long stream) {
        return 5 * stream
                + ifAdapted(path, stream, "net.0.proj")
                + ifAdapted(path, 4 * stream, "net.2");
    }
}

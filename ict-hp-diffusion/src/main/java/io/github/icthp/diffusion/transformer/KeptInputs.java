package io.github.icthp.diffusion.transformer;

import io.github.icthp.diffusion.lora.LoraTargets;

/**
 * What a graph keeps of linear layers and of what lies around them: frozen layers keep nothing for
 * the way back, unless the size says so; a layer with an adapter keeps its input.
 *
 * @param size what passes through
 * @param targets which layers are adapted
 */
public record KeptInputs(PassSize size, LoraTargets targets) {

    /**
     * Tells what layers of one input keep.
     *
     * @param path the block's path, up to the layers' names
     * @param bytes of the input
     * @param layers their names
     * @return the bytes, or 0
     */
    public long of(String path, long bytes, String... layers) {
        boolean kept = size.inputsKept();
        for (String layer : layers) {
            kept |= targets.matches(path + layer);
        }
        return kept ? bytes : 0;
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
        return 5 * stream + of(path, stream, "net.0.proj") + of(path, 4 * stream, "net.2");
    }
}

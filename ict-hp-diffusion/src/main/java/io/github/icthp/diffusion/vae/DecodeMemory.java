package io.github.icthp.diffusion.vae;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;

import io.github.icthp.torch.Torch;
import io.github.icthp.weights.Parameters;

import java.util.Map;

/**
 * Memory that decoding needs for the way back, told beforehand, in bytes.
 *
 * @param graph what the graph of the whole decoder keeps
 * @param boundaries the inputs of all stages
 * @param largest what the graph of the largest stage keeps, its input apart
 * @param passing what a stage's computation holds for a moment
 * @param weights the decoder's weights
 */
public record DecodeMemory(long graph, long boundaries, long largest, long passing, long weights) {

    /**
     * Tells the memory of decoding.
     *
     * @param config the autoencoder's shape
     * @param batch pictures at once
     * @param pixels pixels of a picture
     * @param bytes of one element
     * @return what its graph needs
     */
    public static DecodeMemory of(VaeConfig config, long batch, long pixels, long bytes) {
        try (NDManager owner = Torch.manager(Device.cpu())) {
            Parameters none = Parameters.check(Map.of(), "shapes", owner);
            long factor = config.factor();
            Walk walk = new Walk(batch * pixels / (factor * factor) * bytes, bytes);
            VaeStages.decoder(none, config).forEach(walk::add);
            return walk.result();
        }
    }

    /**
     * Returns what decoding keeps that is gone back through stage by stage.
     *
     * @return bytes
     */
    public long staged() {
        return boundaries + largest;
    }

    /** Follows the stages; area is the bytes of one channel. */
    private static final class Walk {

        private final long bytes;
        private long area;
        private long graph;
        private long boundaries;
        private long largest;
        private long passing;
        private long weights;

        Walk(long area, long bytes) {
            this.area = area;
            this.bytes = bytes;
        }

        void add(VaeStage stage) {
            long in = stage.channelsIn() * area;
            long out = stage.channelsOut() * area;
            // Of a norm, an activation and a convolution in a row, each keeps its input.
            long kept =
                    switch (stage.kind()) {
                        case "resnet" -> 2 * in + 3 * out;
                        case "attention" -> 4 * in;
                        case "head" -> 2 * in;
                        case "upsample" -> 4 * in;
                        default -> 0;
                    };
            if (stage.kind().equals("upsample")) {
                area *= 4;
                out *= 4;
            }
            boundaries += in;
            graph += in + kept;
            largest = Math.max(largest, kept);
            passing = Math.max(passing, 2 * Math.max(in, out));
            weights += stage.elements() * bytes;
        }

        DecodeMemory result() {
            return new DecodeMemory(graph, boundaries, largest, passing, weights);
        }
    }
}

package io.github.icthp.blip;

import ai.djl.ndarray.NDArray;

import java.util.Optional;

/** A model that reads a text together with its image. Shapes: B images, N texts. */
interface PairModel extends AutoCloseable {

    /** The towers, which close with this. */
    BlipModel model();

    /** Prepares pixels (B, 3, H, W) in [0, 1] as the scorer prepares files; differentiable. */
    NDArray prepare(NDArray pixels);

    /**
     * Scores pairs of an image and a text.
     *
     * @param images what {@link BlipModel#encodeImages} returned
     * @param texts N texts
     * @param image the row of {@code images} that each text is read with
     * @return (N), float32: what the scorer reports
     */
    NDArray score(NDArray images, BertTokens texts, int... image);

    /** Cosines (N) of texts' own features; empty if the model has none. */
    default Optional<NDArray> cosines(BertTokens first, BertTokens second) {
        return Optional.empty();
    }

    @Override
    void close();
}

package io.github.icthp.diffusion.flux;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.transformer.AdaptableWeights;
import io.github.icthp.diffusion.transformer.Stage;
import io.github.icthp.diffusion.transformer.Step;

import java.util.List;

/** Latents to image tokens; the text tokens join them. */
final class ImageEmbedding implements Stage {

    private final AdaptableWeights weights;

    ImageEmbedding(AdaptableWeights weights) {
        this.weights = weights;
    }

    @Override
    public List<NDArray> forward(List<NDArray> state, Step step) {
        NDArray tokens = FluxTransformer.PROGRAM.call("embed_image", state.get(0), weights.dict());
        return List.of(tokens, step.text());
    }

    @Override
    public AdaptableWeights weights() {
        return weights;
    }

    @Override
    public boolean[] varying(boolean[] inputs, int outputs) {
        return new boolean[] {inputs[0], false};
    }
}

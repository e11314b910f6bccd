package io.github.icthp.diffusion.flux;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.AdaptableWeights;
import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.model.DenoiserStage;
import io.github.icthp.diffusion.model.Step;

import java.util.List;

/** Latents to image tokens; the text tokens join them. */
final class FluxImageEmbedding extends DenoiserStage {

    FluxImageEmbedding(AdaptableWeights root) {
        super(root);
    }

    @Override
    protected List<NDArray> forward(List<NDArray> state, Step step) {
        NDArray tokens =
                FluxTransformer.PROGRAM.call("embed_image", state.get(0), weights().dict());
        return List.of(tokens, step.text());
    }

    @Override
    protected boolean[] varying(boolean[] inputs, int outputs) {
        return new boolean[] {
            inputs[0] || weights().trains(FluxTransformer.TOKENS),
            weights().trains(Denoiser.TEXT_LAYER)
        };
    }
}

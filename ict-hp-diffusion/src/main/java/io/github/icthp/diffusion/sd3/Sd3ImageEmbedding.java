package io.github.icthp.diffusion.sd3;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.AdaptableWeights;
import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.model.DenoiserStage;
import io.github.icthp.diffusion.model.Step;

import java.util.List;

/** Latents to image tokens, one a patch; the text tokens join them. */
final class Sd3ImageEmbedding extends DenoiserStage {

    Sd3ImageEmbedding(AdaptableWeights root) {
        super(root);
    }

    @Override
    protected List<NDArray> forward(List<NDArray> state, Step step) {
        NDArray positions = step.positions().get(0);
        NDArray tokens =
                Sd3Transformer.PROGRAM.call(
                        "embed_image", state.get(0), positions, weights().dict());
        return List.of(tokens, step.text());
    }

    @Override
    protected boolean[] varying(boolean[] inputs, int outputs) {
        return new boolean[] {
            inputs[0] || weights().trains(Sd3Transformer.PATCHES),
            weights().trains(Denoiser.TEXT_LAYER)
        };
    }
}

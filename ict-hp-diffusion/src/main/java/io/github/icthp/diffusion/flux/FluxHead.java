package io.github.icthp.diffusion.flux;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.AdaptableWeights;
import io.github.icthp.diffusion.model.DenoiserStage;
import io.github.icthp.diffusion.model.Modulation;
import io.github.icthp.diffusion.model.Step;
import io.github.icthp.weights.Parameters;

import java.util.List;

/** Image tokens to velocity: a modulated norm, a projection, the latent pixels in place. */
final class FluxHead extends DenoiserStage {

    FluxHead(Parameters all, FluxConfig config) {
        super(
                new AdaptableWeights(all, "")
                        .modulation("norm_out", 2, config.width())
                        .linear("proj_out", config.tokenValues(), config.width()));
    }

    @Override
    protected List<NDArray> forward(List<NDArray> state, Step step) {
        Modulation modulation = step.modulation(this);
        return List.of(
                FluxTransformer.PROGRAM.call(
                        "head",
                        state.get(0),
                        step.textTokens(),
                        modulation.parts(),
                        modulation.step(),
                        weights().dict(),
                        step.size().rows() / FluxConfig.PATCH));
    }
}

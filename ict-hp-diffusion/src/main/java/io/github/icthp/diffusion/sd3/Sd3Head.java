package io.github.icthp.diffusion.sd3;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.AdaptableWeights;
import io.github.icthp.diffusion.model.DenoiserStage;
import io.github.icthp.diffusion.model.Modulation;
import io.github.icthp.diffusion.model.Step;
import io.github.icthp.weights.Parameters;

import java.util.List;

/** Image tokens to velocity: a modulated norm, a projection to patches, the patches in place. */
final class Sd3Head extends DenoiserStage {

    private final int patch;

    Sd3Head(Parameters all, Sd3Config config) {
        super(
                new AdaptableWeights(all, "")
                        .modulation("norm_out", 2, config.width())
                        .linear("proj_out", config.patchValues(), config.width()));
        this.patch = config.patch();
    }

    @Override
    protected List<NDArray> forward(List<NDArray> state, Step step) {
        Modulation modulation = step.modulation(this);
        int rows = step.size().rows() / patch;
        return List.of(
                Sd3Transformer.PROGRAM.call(
                        "head",
                        state.get(0),
                        modulation.parts(),
                        modulation.step(),
                        weights().dict(),
                        patch,
                        rows));
    }
}

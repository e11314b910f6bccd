package io.github.icthp.diffusion.flux;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.AdaptableWeights;
import io.github.icthp.diffusion.model.DenoiserStage;
import io.github.icthp.diffusion.model.Step;

import java.util.List;

/** Text and image tokens become one sequence. It has no weights to adapt. */
final class Join extends DenoiserStage {

    Join(AdaptableWeights none) {
        super(none);
    }

    @Override
    protected List<NDArray> forward(List<NDArray> state, Step step) {
        return List.of(FluxTransformer.PROGRAM.call("join", state.get(0), state.get(1)));
    }
}

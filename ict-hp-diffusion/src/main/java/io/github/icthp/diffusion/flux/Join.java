package io.github.icthp.diffusion.flux;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.transformer.AdaptableWeights;
import io.github.icthp.diffusion.transformer.Stage;
import io.github.icthp.diffusion.transformer.Step;

import java.util.List;

/** Text and image tokens become one sequence. */
final class Join implements Stage {

    private final AdaptableWeights none;

    Join(AdaptableWeights none) {
        this.none = none;
    }

    @Override
    public List<NDArray> forward(List<NDArray> state, Step step) {
        return List.of(FluxTransformer.PROGRAM.call("join", state.get(0), state.get(1)));
    }

    @Override
    public AdaptableWeights weights() {
        return none;
    }
}

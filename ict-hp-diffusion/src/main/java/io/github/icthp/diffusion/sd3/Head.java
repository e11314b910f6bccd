package io.github.icthp.diffusion.sd3;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.transformer.AdaptableWeights;
import io.github.icthp.diffusion.transformer.Modulation;
import io.github.icthp.diffusion.transformer.Stage;
import io.github.icthp.diffusion.transformer.Step;
import io.github.icthp.weights.Parameters;

import java.util.List;

/** Image tokens to velocity: a modulated norm, a projection to patches, the patches in place. */
final class Head implements Stage {

    private final AdaptableWeights weights;
    private final int patch;

    Head(Parameters all, Sd3Config config) {
        this.patch = config.patch();
        long d = config.width();
        this.weights =
                new AdaptableWeights(all, "")
                        .linear("norm_out.linear", 2 * d, d)
                        .linear("proj_out", (long) patch * patch * config.channels(), d);
    }

    @Override
    public List<NDArray> forward(List<NDArray> state, Step step) {
        Modulation modulation = step.modulation(this);
        int rows = step.size().rows() / patch;
        return List.of(
                Sd3Transformer.PROGRAM.call(
                        "head",
                        state.get(0),
                        modulation.parts(),
                        modulation.step(),
                        weights.dict(),
                        patch,
                        rows));
    }

    @Override
    public List<NDArray> modulation(NDArray temb) {
        return Sd3Transformer.PROGRAM.callList("final_modulation", temb, weights.dict());
    }

    @Override
    public boolean adaptsModulation() {
        return weights.isAdapted("norm_out.linear");
    }

    @Override
    public AdaptableWeights weights() {
        return weights;
    }
}

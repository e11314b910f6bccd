package io.github.icthp.diffusion.flux;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.transformer.AdaptableWeights;
import io.github.icthp.diffusion.transformer.Modulation;
import io.github.icthp.diffusion.transformer.Stage;
import io.github.icthp.diffusion.transformer.Step;
import io.github.icthp.weights.Parameters;

import java.util.List;

/** Image tokens to velocity: a modulated norm, a projection, the latent pixels in place. */
final class Head implements Stage {

    private final AdaptableWeights weights;

    Head(Parameters all, FluxConfig config) {
        long d = config.width();
        long out = (long) FluxConfig.PATCH * FluxConfig.PATCH * config.channels();
        this.weights =
                new AdaptableWeights(all, "")
                        .linear("norm_out.linear", 2 * d, d)
                        .linear("proj_out", out, d);
    }

    @Override
    public List<NDArray> forward(List<NDArray> state, Step step) {
        Modulation modulation = step.modulation(this);
        return List.of(
                FluxTransformer.PROGRAM.call(
                        "head",
                        state.get(0),
                        step.text().getShape().get(1),
                        modulation.parts(),
                        modulation.step(),
                        weights.dict(),
                        step.size().rows() / FluxConfig.PATCH));
    }

    @Override
    public List<NDArray> modulation(NDArray temb) {
        return FluxTransformer.PROGRAM.callList("final_modulation", temb, weights.dict());
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

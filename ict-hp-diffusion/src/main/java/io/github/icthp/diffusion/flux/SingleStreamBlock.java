package io.github.icthp.diffusion.flux;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.AdaptableWeights;
import io.github.icthp.diffusion.model.DenoiserStage;
import io.github.icthp.diffusion.model.Modulation;
import io.github.icthp.diffusion.model.Step;
import io.github.icthp.weights.Parameters;

import java.util.List;

/**
 * A block in which image and text tokens share weights, with attention and feed-forward side by
 * side (Dehghani et al. 2023, equation 1).
 */
final class SingleStreamBlock extends DenoiserStage {

    private final int heads;

    SingleStreamBlock(Parameters all, int index, FluxConfig config) {
        super(new AdaptableWeights(all, "single_transformer_blocks." + index));
        this.heads = config.heads();
        long d = config.width();
        weights()
                .modulation("norm", 3, d)
                .linear("attn.to_q", d, d)
                .linear("attn.to_k", d, d)
                .linear("attn.to_v", d, d)
                .tensor("attn.norm_q.weight", config.headWidth())
                .tensor("attn.norm_k.weight", config.headWidth())
                .linear("proj_mlp", 4 * d, d)
                .linear("proj_out", d, 5 * d);
    }

    @Override
    protected List<NDArray> forward(List<NDArray> state, Step step) {
        Modulation modulation = step.modulation(this);
        return List.of(
                FluxTransformer.PROGRAM.call(
                        "single_block",
                        state.get(0),
                        step.positions().get(0),
                        modulation.parts(),
                        modulation.step(),
                        weights().dict(),
                        heads));
    }
}

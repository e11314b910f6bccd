package io.github.icthp.diffusion.flux;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.AdaptableWeights;
import io.github.icthp.diffusion.model.DenoiserStage;
import io.github.icthp.diffusion.model.Modulation;
import io.github.icthp.diffusion.model.Step;
import io.github.icthp.weights.Parameters;

import java.util.List;

/** A block in which image and text tokens have weights of their own and attend jointly. */
final class DoubleStreamBlock extends DenoiserStage {

    private final int heads;

    DoubleStreamBlock(Parameters all, int index, FluxConfig config) {
        super(new AdaptableWeights(all, "transformer_blocks." + index));
        this.heads = config.heads();
        stream(config, "", List.of("to_q", "to_k", "to_v", "to_out.0"));
        stream(config, "_context", List.of("add_q_proj", "add_k_proj", "add_v_proj", "to_add_out"));
        for (String norm : List.of("norm_q", "norm_k", "norm_added_q", "norm_added_k")) {
            weights().tensor("attn." + norm + ".weight", config.headWidth());
        }
    }

    private void stream(FluxConfig config, String suffix, List<String> projections) {
        long d = config.width();
        weights().modulation("norm1" + suffix, 6, d);
        projections.forEach(name -> weights().linear("attn." + name, d, d));
        weights()
                .linear("ff" + suffix + ".net.0.proj", 4 * d, d)
                .linear("ff" + suffix + ".net.2", d, 4 * d);
    }

    @Override
    protected List<NDArray> forward(List<NDArray> state, Step step) {
        Modulation modulation = step.modulation(this);
        return FluxTransformer.PROGRAM.callList(
                "double_block",
                state.get(0),
                state.get(1),
                step.positions().get(0),
                modulation.parts(),
                modulation.step(),
                weights().dict(),
                heads);
    }
}

package io.github.icthp.diffusion.flux;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.transformer.AdaptableWeights;
import io.github.icthp.diffusion.transformer.Modulation;
import io.github.icthp.diffusion.transformer.Stage;
import io.github.icthp.diffusion.transformer.Step;
import io.github.icthp.weights.Parameters;

import java.util.List;

/** A block in which image and text tokens have weights of their own and attend jointly. */
final class DoubleStreamBlock implements Stage {

    private final AdaptableWeights weights;
    private final int heads;

    DoubleStreamBlock(Parameters all, int index, FluxConfig config) {
        this.heads = config.heads();
        this.weights = new AdaptableWeights(all, "transformer_blocks." + index);
        long d = config.width();
        for (String stream : List.of("", "_context")) {
            weights.linear("norm1" + stream + ".linear", 6 * d, d);
            weights.linear("ff" + stream + ".net.0.proj", 4 * d, d);
            weights.linear("ff" + stream + ".net.2", d, 4 * d);
        }
        for (String name :
                List.of(
                        "to_q",
                        "to_k",
                        "to_v",
                        "to_out.0",
                        "add_q_proj",
                        "add_k_proj",
                        "add_v_proj",
                        "to_add_out")) {
            weights.linear("attn." + name, d, d);
        }
        for (String name : List.of("norm_q", "norm_k", "norm_added_q", "norm_added_k")) {
            weights.tensor("attn." + name + ".weight", config.headWidth());
        }
    }

    @Override
    public List<NDArray> forward(List<NDArray> state, Step step) {
        Modulation modulation = step.modulation(this);
        return FluxTransformer.PROGRAM.callList(
                "double_block",
                state.get(0),
                state.get(1),
                step.positions().get(0),
                modulation.parts(),
                modulation.step(),
                weights.dict(),
                heads);
    }

    @Override
    public List<NDArray> modulation(NDArray temb) {
        return FluxTransformer.PROGRAM.callList("double_modulation", temb, weights.dict());
    }

    @Override
    public boolean adaptsModulation() {
        return weights.isAdapted("norm1.linear") || weights.isAdapted("norm1_context.linear");
    }

    @Override
    public AdaptableWeights weights() {
        return weights;
    }
}

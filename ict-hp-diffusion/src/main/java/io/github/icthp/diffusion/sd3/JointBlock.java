package io.github.icthp.diffusion.sd3;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.transformer.AdaptableWeights;
import io.github.icthp.diffusion.transformer.Modulation;
import io.github.icthp.diffusion.transformer.Stage;
import io.github.icthp.diffusion.transformer.Step;
import io.github.icthp.weights.Parameters;

import java.util.List;

/**
 * A block of SD3's transformer: image and text tokens have weights of their own and attend jointly
 * (Esser et al. 2024, figure 2b). The last block makes nothing of the text tokens any more; some
 * blocks of SD3.5-medium attend a second time, among image tokens alone.
 */
final class JointBlock implements Stage {

    private final AdaptableWeights weights;
    private final int heads;

    JointBlock(Parameters all, int index, Sd3Config config) {
        this.heads = config.heads();
        this.weights = new AdaptableWeights(all, "transformer_blocks." + index);
        long d = config.width();
        boolean last = index == config.layers() - 1;
        boolean dual = config.dualAttention().contains(index);
        weights.linear("norm1.linear", (dual ? 9 : 6) * d, d);
        weights.linear("norm1_context.linear", (last ? 2 : 6) * d, d);
        attention("attn", config);
        for (String name : List.of("add_q_proj", "add_k_proj", "add_v_proj")) {
            weights.linear("attn." + name, d, d);
        }
        if (config.normalisedQueries()) {
            weights.tensor("attn.norm_added_q.weight", config.headWidth());
            weights.tensor("attn.norm_added_k.weight", config.headWidth());
        }
        if (dual) {
            attention("attn2", config);
        }
        weights.linear("ff.net.0.proj", 4 * d, d).linear("ff.net.2", d, 4 * d);
        if (!last) {
            weights.linear("attn.to_add_out", d, d);
            weights.linear("ff_context.net.0.proj", 4 * d, d).linear("ff_context.net.2", d, 4 * d);
        }
    }

    private void attention(String name, Sd3Config config) {
        long d = config.width();
        for (String projection : List.of(".to_q", ".to_k", ".to_v", ".to_out.0")) {
            weights.linear(name + projection, d, d);
        }
        if (config.normalisedQueries()) {
            weights.tensor(name + ".norm_q.weight", config.headWidth());
            weights.tensor(name + ".norm_k.weight", config.headWidth());
        }
    }

    @Override
    public List<NDArray> forward(List<NDArray> state, Step step) {
        Modulation modulation = step.modulation(this);
        return Sd3Transformer.PROGRAM.callList(
                "joint_block",
                state.get(0),
                state.get(1),
                modulation.parts(),
                modulation.step(),
                weights.dict(),
                heads);
    }

    @Override
    public List<NDArray> modulation(NDArray temb) {
        return Sd3Transformer.PROGRAM.callList("modulation", temb, weights.dict());
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

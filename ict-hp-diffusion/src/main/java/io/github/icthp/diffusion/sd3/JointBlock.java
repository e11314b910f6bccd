package io.github.icthp.diffusion.sd3;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.AdaptableWeights;
import io.github.icthp.diffusion.model.DenoiserStage;
import io.github.icthp.diffusion.model.Modulation;
import io.github.icthp.diffusion.model.Step;
import io.github.icthp.weights.Parameters;

import java.util.List;

/**
 * A block of SD3's transformer: image and text tokens have weights of their own and attend jointly
 * (Esser et al. 2024, figure 2b). The last block makes nothing of the text tokens any more; some
 * blocks of SD3.5-medium attend a second time, among image tokens alone.
 */
final class JointBlock extends DenoiserStage {

    private final int heads;

    JointBlock(Parameters all, int index, Sd3Config config) {
        super(new AdaptableWeights(all, "transformer_blocks." + index));
        this.heads = config.heads();
        boolean last = index == config.layers() - 1;
        boolean dual = config.dualAttention().contains(index);
        image(config, dual);
        text(config, last);
    }

    private void image(Sd3Config config, boolean dual) {
        long d = config.width();
        weights().modulation("norm1", dual ? 9 : 6, d);
        for (String attention : dual ? List.of("attn.", "attn2.") : List.of("attn.")) {
            for (String projection : List.of("to_q", "to_k", "to_v", "to_out.0")) {
                weights().linear(attention + projection, d, d);
            }
            norms(config, attention + "norm_q", attention + "norm_k");
        }
        weights().linear("ff.net.0.proj", 4 * d, d).linear("ff.net.2", d, 4 * d);
    }

    private void text(Sd3Config config, boolean last) {
        long d = config.width();
        weights().modulation("norm1_context", last ? 2 : 6, d);
        for (String projection : List.of("add_q_proj", "add_k_proj", "add_v_proj")) {
            weights().linear("attn." + projection, d, d);
        }
        norms(config, "attn.norm_added_q", "attn.norm_added_k");
        if (!last) {
            weights()
                    .linear("attn.to_add_out", d, d)
                    .linear("ff_context.net.0.proj", 4 * d, d)
                    .linear("ff_context.net.2", d, 4 * d);
        }
    }

    private void norms(Sd3Config config, String query, String key) {
        if (config.normalizedQueries()) {
            weights()
                    .tensor(query + ".weight", config.headWidth())
                    .tensor(key + ".weight", config.headWidth());
        }
    }

    @Override
    protected List<NDArray> forward(List<NDArray> state, Step step) {
        Modulation modulation = step.modulation(this);
        return Sd3Transformer.PROGRAM.callList(
                "joint_block",
                state.get(0),
                state.get(1),
                modulation.parts(),
                modulation.step(),
                weights().dict(),
                heads);
    }
}

package io.github.icthp.diffusion.sd3;

import io.github.icthp.diffusion.model.OriginalLayout;
import io.github.icthp.diffusion.model.OriginalWeights;
import io.github.icthp.weights.Weights;

import java.util.List;
import java.util.Locale;

/** Stability's own layout of SD3 and SD3.5 (mmditx.py). */
public final class Sd3OriginalLayout {

    private static final String QKV = "joint_blocks.%d.x_block.attn.qkv";

    private Sd3OriginalLayout() {}

    /**
     * Gives the weights of a single file diffusers' names.
     *
     * @param weights open weights, of either layout
     * @return the weights themselves if they have those names, else a view, closed with them
     */
    public static Weights translate(Weights weights) {
        OriginalWeights originals = new OriginalWeights(weights);
        int blocks = originals.count(QKV);
        return blocks == 0
                ? weights
                : originals.translate(of(blocks), String.format(Locale.ROOT, QKV, 0));
    }

    /**
     * Lays out a transformer.
     *
     * @param blocks its joint blocks
     * @return its layers
     */
    public static OriginalLayout of(int blocks) {
        String embed = "time_text_embed.";
        OriginalLayout layout =
                new OriginalLayout()
                        .tensor("pos_embed", "pos_embed.pos_embed")
                        .layer("x_embedder.proj", "pos_embed.proj")
                        .layer("context_embedder", "context_embedder")
                        .layer("t_embedder.mlp.0", embed + "timestep_embedder.linear_1")
                        .layer("t_embedder.mlp.2", embed + "timestep_embedder.linear_2")
                        .layer("y_embedder.mlp.0", embed + "text_embedder.linear_1")
                        .layer("y_embedder.mlp.2", embed + "text_embedder.linear_2");
        for (int i = 0; i < blocks; i++) {
            String block = "transformer_blocks." + i + ".";
            image(layout, "joint_blocks." + i + ".x_block.", block);
            text(layout, "joint_blocks." + i + ".context_block.", block, i == blocks - 1);
        }
        return layout.layer("final_layer.linear", "proj_out")
                .swapped("final_layer.adaLN_modulation.1", "norm_out.linear");
    }

    private static void image(OriginalLayout layout, String from, String to) {
        layout.layer(from + "adaLN_modulation.1", to + "norm1.linear");
        for (String attention : List.of("attn", "attn2")) {
            String attend = to + attention + ".";
            layout.layer(
                            from + attention + ".qkv",
                            attend + "to_q",
                            attend + "to_k",
                            attend + "to_v")
                    .layer(from + attention + ".proj", attend + "to_out.0")
                    .tensor(from + attention + ".ln_q.weight", attend + "norm_q.weight")
                    .tensor(from + attention + ".ln_k.weight", attend + "norm_k.weight");
        }
        layout.layer(from + "mlp.fc1", to + "ff.net.0.proj")
                .layer(from + "mlp.fc2", to + "ff.net.2");
    }

    /** The last block's text goes no further: it is only normalized, like the final layer's. */
    private static void text(OriginalLayout layout, String from, String to, boolean last) {
        String attend = to + "attn.";
        if (last) {
            layout.swapped(from + "adaLN_modulation.1", to + "norm1_context.linear");
        } else {
            layout.layer(from + "adaLN_modulation.1", to + "norm1_context.linear");
        }
        layout.layer(
                        from + "attn.qkv",
                        attend + "add_q_proj",
                        attend + "add_k_proj",
                        attend + "add_v_proj")
                .layer(from + "attn.proj", attend + "to_add_out")
                .tensor(from + "attn.ln_q.weight", attend + "norm_added_q.weight")
                .tensor(from + "attn.ln_k.weight", attend + "norm_added_k.weight")
                .layer(from + "mlp.fc1", to + "ff_context.net.0.proj")
                .layer(from + "mlp.fc2", to + "ff_context.net.2");
    }
}

package io.github.icthp.diffusion.sd3;

import io.github.icthp.diffusion.transformer.OriginalLayout;
import io.github.icthp.weights.Weights;

import java.util.List;

/** Stability's own checkpoints of SD3 and SD3.5, in one file. */
public final class Sd3OriginalLayout {

    private static final String FIRST = "joint_blocks.0.x_block.attn.qkv.weight";

    private Sd3OriginalLayout() {}

    /**
     * Gives weights diffusers' names.
     *
     * @param weights open weights, of either layout
     * @return the weights themselves if they have those names, else a view, closed with them
     */
    public static Weights translate(Weights weights) {
        if (!OriginalLayout.has(weights, FIRST)) {
            return weights;
        }
        OriginalLayout layout =
                new OriginalLayout(weights)
                        .tensor("pos_embed", "pos_embed.pos_embed")
                        .layer("x_embedder.proj", "pos_embed.proj")
                        .layer("t_embedder.mlp.0", "time_text_embed.timestep_embedder.linear_1")
                        .layer("t_embedder.mlp.2", "time_text_embed.timestep_embedder.linear_2")
                        .layer("y_embedder.mlp.0", "time_text_embed.text_embedder.linear_1")
                        .layer("y_embedder.mlp.2", "time_text_embed.text_embedder.linear_2")
                        .layer("final_layer.linear", "proj_out")
                        .swapped("final_layer.adaLN_modulation.1", "norm_out.linear");
        for (int i = 0; layout.has("joint_blocks." + i + ".x_block.attn.qkv.weight"); i++) {
            String block = "transformer_blocks." + i + ".";
            image(layout, "joint_blocks." + i + ".x_block.", block);
            text(layout, "joint_blocks." + i + ".context_block.", block);
        }
        return layout.weights();
    }

    private static void image(OriginalLayout layout, String from, String to) {
        for (String attention : List.of("attn", "attn2")) {
            String attend = to + attention + ".";
            stacked(layout, from + attention, attend, List.of("to_q", "to_k", "to_v"));
            layout.layer(from + attention + ".proj", attend + "to_out.0")
                    .tensor(from + attention + ".ln_q.weight", attend + "norm_q.weight")
                    .tensor(from + attention + ".ln_k.weight", attend + "norm_k.weight");
        }
        layout.layer(from + "adaLN_modulation.1", to + "norm1.linear")
                .layer(from + "mlp.fc1", to + "ff.net.0.proj")
                .layer(from + "mlp.fc2", to + "ff.net.2");
    }

    private static void text(OriginalLayout layout, String from, String to) {
        boolean last = !layout.has(from + "attn.proj.weight");
        stacked(
                layout,
                from + "attn",
                to + "attn.",
                List.of("add_q_proj", "add_k_proj", "add_v_proj"));
        layout.layer(from + "attn.proj", to + "attn.to_add_out")
                .tensor(from + "attn.ln_q.weight", to + "attn.norm_added_q.weight")
                .tensor(from + "attn.ln_k.weight", to + "attn.norm_added_k.weight")
                .layer(from + "mlp.fc1", to + "ff_context.net.0.proj")
                .layer(from + "mlp.fc2", to + "ff_context.net.2");
        if (last) {
            layout.swapped(from + "adaLN_modulation.1", to + "norm1_context.linear");
        } else {
            layout.layer(from + "adaLN_modulation.1", to + "norm1_context.linear");
        }
    }

    private static void stacked(
            OriginalLayout layout, String from, String to, List<String> projections) {
        if (layout.has(from + ".qkv.weight")) {
            long width = layout.info(from + ".qkv.weight").shape().get(0) / 3;
            layout.stacked(
                    from + ".qkv", width, projections.stream().map(name -> to + name).toList());
        }
    }
}

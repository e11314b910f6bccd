package io.github.icthp.diffusion.sd3;

import io.github.icthp.diffusion.model.OriginalFile;
import io.github.icthp.weights.Weights;

/** Files in Stability's layout: written against mmditx.py, not against the translation. */
public final class Sd3OriginalFile {

    private Sd3OriginalFile() {}

    /** Renames and joins the weights of a transformer whose queries are normalized. */
    public static OriginalFile of(Weights weights, String prefix, Sd3Config config) {
        OriginalFile file =
                new OriginalFile(weights, prefix)
                        .tensor("pos_embed", "pos_embed.pos_embed")
                        .layer("x_embedder.proj", "pos_embed.proj")
                        .layer("context_embedder", "context_embedder")
                        .layer("t_embedder.mlp.0", "time_text_embed.timestep_embedder.linear_1")
                        .layer("t_embedder.mlp.2", "time_text_embed.timestep_embedder.linear_2")
                        .layer("y_embedder.mlp.0", "time_text_embed.text_embedder.linear_1")
                        .layer("y_embedder.mlp.2", "time_text_embed.text_embedder.linear_2")
                        .swapped("final_layer.adaLN_modulation.1", "norm_out.linear")
                        .layer("final_layer.linear", "proj_out");
        for (int i = 0; i < config.layers(); i++) {
            String x = "joint_blocks." + i + ".x_block.";
            String c = "joint_blocks." + i + ".context_block.";
            String b = "transformer_blocks." + i + ".";
            attention(file, x + "attn.", b + "attn.");
            file.layer(x + "adaLN_modulation.1", b + "norm1.linear")
                    .layer(x + "mlp.fc1", b + "ff.net.0.proj")
                    .layer(x + "mlp.fc2", b + "ff.net.2")
                    .layer(
                            c + "attn.qkv",
                            b + "attn.add_q_proj",
                            b + "attn.add_k_proj",
                            b + "attn.add_v_proj")
                    .tensor(c + "attn.ln_q.weight", b + "attn.norm_added_q.weight")
                    .tensor(c + "attn.ln_k.weight", b + "attn.norm_added_k.weight");
            if (config.dualAttention().contains(i)) {
                attention(file, x + "attn2.", b + "attn2.");
            }
            if (i == config.layers() - 1) {
                file.swapped(c + "adaLN_modulation.1", b + "norm1_context.linear");
            } else {
                file.layer(c + "adaLN_modulation.1", b + "norm1_context.linear")
                        .layer(c + "attn.proj", b + "attn.to_add_out")
                        .layer(c + "mlp.fc1", b + "ff_context.net.0.proj")
                        .layer(c + "mlp.fc2", b + "ff_context.net.2");
            }
        }
        return file;
    }

    private static void attention(OriginalFile file, String to, String from) {
        file.layer(to + "qkv", from + "to_q", from + "to_k", from + "to_v")
                .layer(to + "proj", from + "to_out.0")
                .tensor(to + "ln_q.weight", from + "norm_q.weight")
                .tensor(to + "ln_k.weight", from + "norm_k.weight");
    }
}

package io.github.icthp.diffusion.flux;

import io.github.icthp.diffusion.model.OriginalFile;
import io.github.icthp.weights.Weights;

import java.util.Map;

/** Files in Black Forest Labs' layout: written against model.py, not against the translation. */
public final class FluxOriginalFile {

    private FluxOriginalFile() {}

    /** Renames and joins the weights of a guided transformer. */
    public static OriginalFile of(Weights weights, String prefix, FluxConfig config) {
        OriginalFile file =
                new OriginalFile(weights, prefix)
                        .layer("img_in", "x_embedder")
                        .layer("txt_in", "context_embedder")
                        .layer("final_layer.linear", "proj_out")
                        .swapped("final_layer.adaLN_modulation.1", "norm_out.linear");
        Map.of("time_in", "timestep", "vector_in", "text", "guidance_in", "guidance")
                .forEach(
                        (to, from) ->
                                file.layer(
                                                to + ".in_layer",
                                                "time_text_embed." + from + "_embedder.linear_1")
                                        .layer(
                                                to + ".out_layer",
                                                "time_text_embed." + from + "_embedder.linear_2"));
        for (int i = 0; i < config.doubleBlocks(); i++) {
            String img = "double_blocks." + i + ".img_";
            String txt = "double_blocks." + i + ".txt_";
            String b = "transformer_blocks." + i + ".";
            file.layer(img + "mod.lin", b + "norm1.linear")
                    .layer(txt + "mod.lin", b + "norm1_context.linear")
                    .layer(img + "attn.qkv", b + "attn.to_q", b + "attn.to_k", b + "attn.to_v")
                    .layer(
                            txt + "attn.qkv",
                            b + "attn.add_q_proj",
                            b + "attn.add_k_proj",
                            b + "attn.add_v_proj")
                    .tensor(img + "attn.norm.query_norm.scale", b + "attn.norm_q.weight")
                    .tensor(img + "attn.norm.key_norm.scale", b + "attn.norm_k.weight")
                    .tensor(txt + "attn.norm.query_norm.scale", b + "attn.norm_added_q.weight")
                    .tensor(txt + "attn.norm.key_norm.scale", b + "attn.norm_added_k.weight")
                    .layer(img + "attn.proj", b + "attn.to_out.0")
                    .layer(txt + "attn.proj", b + "attn.to_add_out")
                    .layer(img + "mlp.0", b + "ff.net.0.proj")
                    .layer(img + "mlp.2", b + "ff.net.2")
                    .layer(txt + "mlp.0", b + "ff_context.net.0.proj")
                    .layer(txt + "mlp.2", b + "ff_context.net.2");
        }
        for (int i = 0; i < config.singleBlocks(); i++) {
            String s = "single_blocks." + i + ".";
            String b = "single_transformer_blocks." + i + ".";
            file.layer(s + "modulation.lin", b + "norm.linear")
                    .layer(
                            s + "linear1",
                            b + "attn.to_q",
                            b + "attn.to_k",
                            b + "attn.to_v",
                            b + "proj_mlp")
                    .layer(s + "linear2", b + "proj_out")
                    .tensor(s + "norm.query_norm.scale", b + "attn.norm_q.weight")
                    .tensor(s + "norm.key_norm.scale", b + "attn.norm_k.weight");
        }
        return file;
    }
}

package io.github.icthp.diffusion.flux;

import io.github.icthp.diffusion.model.OriginalLayout;
import io.github.icthp.diffusion.model.OriginalWeights;
import io.github.icthp.weights.Weights;

import java.util.Locale;

/** Black Forest Labs' own layout of FLUX.1 (flux/model.py). */
public final class FluxOriginalLayout {

    private static final String QKV = "double_blocks.%d.img_attn.qkv";
    private static final String SINGLE = "single_blocks.%d.linear1";

    private FluxOriginalLayout() {}

    /**
     * Gives the weights of a single file diffusers' names.
     *
     * @param weights open weights, of either layout
     * @return the weights themselves if they have those names, else a view, closed with them
     */
    public static Weights translate(Weights weights) {
        OriginalWeights originals = new OriginalWeights(weights);
        int doubles = originals.count(QKV);
        return doubles == 0
                ? weights
                : originals.translate(
                        of(doubles, originals.count(SINGLE)), String.format(Locale.ROOT, QKV, 0));
    }

    /**
     * Lays out a transformer.
     *
     * @param doubles its double-stream blocks
     * @param singles its single-stream blocks
     * @return its layers
     */
    public static OriginalLayout of(int doubles, int singles) {
        String embed = "time_text_embed.";
        OriginalLayout layout =
                new OriginalLayout()
                        .layer("img_in", "x_embedder")
                        .layer("txt_in", "context_embedder")
                        .layer("time_in.in_layer", embed + "timestep_embedder.linear_1")
                        .layer("time_in.out_layer", embed + "timestep_embedder.linear_2")
                        .layer("vector_in.in_layer", embed + "text_embedder.linear_1")
                        .layer("vector_in.out_layer", embed + "text_embedder.linear_2")
                        .layer("guidance_in.in_layer", embed + "guidance_embedder.linear_1")
                        .layer("guidance_in.out_layer", embed + "guidance_embedder.linear_2");
        for (int i = 0; i < doubles; i++) {
            doubleBlock(layout, "double_blocks." + i, "transformer_blocks." + i + ".");
        }
        for (int i = 0; i < singles; i++) {
            singleBlock(layout, "single_blocks." + i, "single_transformer_blocks." + i + ".");
        }
        return layout.layer("final_layer.linear", "proj_out")
                .swapped("final_layer.adaLN_modulation.1", "norm_out.linear");
    }

    private static void doubleBlock(OriginalLayout layout, String from, String to) {
        String img = from + ".img_";
        String txt = from + ".txt_";
        String attend = to + "attn.";
        layout.layer(img + "mod.lin", to + "norm1.linear")
                .layer(txt + "mod.lin", to + "norm1_context.linear")
                .layer(img + "attn.qkv", attend + "to_q", attend + "to_k", attend + "to_v")
                .layer(
                        txt + "attn.qkv",
                        attend + "add_q_proj",
                        attend + "add_k_proj",
                        attend + "add_v_proj")
                .tensor(img + "attn.norm.query_norm.scale", attend + "norm_q.weight")
                .tensor(img + "attn.norm.key_norm.scale", attend + "norm_k.weight")
                .tensor(txt + "attn.norm.query_norm.scale", attend + "norm_added_q.weight")
                .tensor(txt + "attn.norm.key_norm.scale", attend + "norm_added_k.weight")
                .layer(img + "attn.proj", attend + "to_out.0")
                .layer(txt + "attn.proj", attend + "to_add_out")
                .layer(img + "mlp.0", to + "ff.net.0.proj")
                .layer(img + "mlp.2", to + "ff.net.2")
                .layer(txt + "mlp.0", to + "ff_context.net.0.proj")
                .layer(txt + "mlp.2", to + "ff_context.net.2");
    }

    private static void singleBlock(OriginalLayout layout, String from, String to) {
        String attend = to + "attn.";
        layout.layer(
                        from + ".linear1",
                        attend + "to_q",
                        attend + "to_k",
                        attend + "to_v",
                        to + "proj_mlp")
                .layer(from + ".linear2", to + "proj_out")
                .layer(from + ".modulation.lin", to + "norm.linear")
                .tensor(from + ".norm.query_norm.scale", attend + "norm_q.weight")
                .tensor(from + ".norm.key_norm.scale", attend + "norm_k.weight");
    }
}

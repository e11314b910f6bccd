package io.github.icthp.diffusion.flux;

import io.github.icthp.diffusion.transformer.OriginalLayout;
import io.github.icthp.weights.Weights;

import java.util.List;
import java.util.stream.Stream;

/** Black Forest Labs' own checkpoints of FLUX.1, in one file. */
public final class FluxOriginalLayout {

    private static final String FIRST = "double_blocks.0.img_attn.qkv.weight";

    private FluxOriginalLayout() {}

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
        String embed = "time_text_embed.";
        OriginalLayout layout =
                new OriginalLayout(weights)
                        .layer("img_in", "x_embedder")
                        .layer("txt_in", "context_embedder")
                        .layer("time_in.in_layer", embed + "timestep_embedder.linear_1")
                        .layer("time_in.out_layer", embed + "timestep_embedder.linear_2")
                        .layer("vector_in.in_layer", embed + "text_embedder.linear_1")
                        .layer("vector_in.out_layer", embed + "text_embedder.linear_2")
                        .layer("guidance_in.in_layer", embed + "guidance_embedder.linear_1")
                        .layer("guidance_in.out_layer", embed + "guidance_embedder.linear_2")
                        .layer("final_layer.linear", "proj_out")
                        .swapped("final_layer.adaLN_modulation.1", "norm_out.linear");
        long width = layout.info(FIRST).shape().get(0) / 3;
        for (int i = 0; layout.has("double_blocks." + i + ".img_attn.qkv.weight"); i++) {
            doubleBlock(layout, width, "double_blocks." + i, "transformer_blocks." + i + ".");
        }
        for (int i = 0; layout.has("single_blocks." + i + ".linear1.weight"); i++) {
            singleBlock(
                    layout, width, "single_blocks." + i, "single_transformer_blocks." + i + ".");
        }
        return layout.weights();
    }

    private static void doubleBlock(OriginalLayout layout, long width, String from, String to) {
        String img = from + ".img_";
        String txt = from + ".txt_";
        layout.layer(img + "mod.lin", to + "norm1.linear")
                .layer(txt + "mod.lin", to + "norm1_context.linear")
                .stacked(img + "attn.qkv", width, names(to, "attn.to_q", "attn.to_k", "attn.to_v"))
                .stacked(
                        txt + "attn.qkv",
                        width,
                        names(to, "attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"))
                .tensor(img + "attn.norm.query_norm.scale", to + "attn.norm_q.weight")
                .tensor(img + "attn.norm.key_norm.scale", to + "attn.norm_k.weight")
                .tensor(txt + "attn.norm.query_norm.scale", to + "attn.norm_added_q.weight")
                .tensor(txt + "attn.norm.key_norm.scale", to + "attn.norm_added_k.weight")
                .layer(img + "attn.proj", to + "attn.to_out.0")
                .layer(txt + "attn.proj", to + "attn.to_add_out")
                .layer(img + "mlp.0", to + "ff.net.0.proj")
                .layer(img + "mlp.2", to + "ff.net.2")
                .layer(txt + "mlp.0", to + "ff_context.net.0.proj")
                .layer(txt + "mlp.2", to + "ff_context.net.2");
    }

    private static void singleBlock(OriginalLayout layout, long width, String from, String to) {
        layout.layer(from + ".modulation.lin", to + "norm.linear")
                .stacked(
                        from + ".linear1",
                        width,
                        names(to, "attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"))
                .layer(from + ".linear2", to + "proj_out")
                .tensor(from + ".norm.query_norm.scale", to + "attn.norm_q.weight")
                .tensor(from + ".norm.key_norm.scale", to + "attn.norm_k.weight");
    }

    private static List<String> names(String prefix, String... names) {
        return Stream.of(names).map(name -> prefix + name).toList();
    }
}

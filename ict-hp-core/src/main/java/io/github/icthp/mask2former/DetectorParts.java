package io.github.icthp.mask2former;

import static io.github.icthp.mask2former.Mask2FormerConfig.LEVELS;
import static io.github.icthp.mask2former.Mask2FormerConfig.POINTS;
import static io.github.icthp.mask2former.Mask2FormerConfig.STAGES;

import com.google.common.collect.ImmutableList;

import io.github.icthp.mask2former.DetectorPart.Loading;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.weights.Parameters;

/**
 * The parameters of the three networks, in mmdet's names, as {@code mask2former.torchscript} takes
 * them.
 *
 * @param backbone Swin: the stem, then for each stage its blocks, its norm and its merging
 * @param pixelDecoder convolutions and what maps add, then the encoder's layers
 * @param decoder queries and heads, then the decoder's layers
 */
record DetectorParts(
        ImmutableList<TensorDict> backbone,
        ImmutableList<TensorDict> pixelDecoder,
        ImmutableList<TensorDict> decoder) {

    private static final int CHANNELS = 3;
    private static final int PATCH = 4;
    private static final int MLP_RATIO = 4;

    static DetectorParts of(Parameters all, Mask2FormerConfig config, Loading loading) {
        DetectorParts parts =
                new DetectorParts(
                        backbone(all.in("backbone"), config, loading),
                        pixelDecoder(all.in("panoptic_head.pixel_decoder"), config, loading),
                        decoder(all.in("panoptic_head"), config, loading));
        all.finish();
        return parts;
    }

    private static ImmutableList<TensorDict> backbone(
            Parameters all, Mask2FormerConfig config, Loading loading) {
        ImmutableList.Builder<TensorDict> parts = ImmutableList.builder();
        int width = config.width();
        String stem = "patch_embed.projection";
        parts.add(
                new DetectorPart(all.in(""), loading)
                        .tensor(
                                "projection.weight",
                                stem + ".weight",
                                width,
                                CHANNELS,
                                PATCH,
                                PATCH)
                        .tensor("projection.bias", stem + ".bias", width)
                        .norm("norm", "patch_embed.norm", width)
                        .dict());
        for (int stage = 0; stage < STAGES; stage++) {
            Parameters own = all.in("stages." + stage);
            for (int block = 0; block < config.depths().get(stage); block++) {
                parts.add(block(own.in("blocks." + block), config, stage, loading));
            }
            parts.add(end(all, config, stage, loading));
        }
        return parts.build();
    }

    private static TensorDict block(
            Parameters all, Mask2FormerConfig config, int stage, Loading loading) {
        long c = config.width(stage);
        long side = 2L * config.window() - 1;
        String table = "relative_position_bias_table";
        return new DetectorPart(all, loading)
                .norm("norm1", "norm1", c)
                .tensor(
                        table,
                        "attn.w_msa." + table,
                        side * side,
                        config.backboneHeads().get(stage))
                .linear("qkv", "attn.w_msa.qkv", 3 * c, c)
                .linear("proj", "attn.w_msa.proj", c, c)
                .norm("norm2", "norm2", c)
                .linear("fc1", "ffn.layers.0.0", MLP_RATIO * c, c)
                .linear("fc2", "ffn.layers.1", c, MLP_RATIO * c)
                .dict();
    }

    private static TensorDict end(
            Parameters all, Mask2FormerConfig config, int stage, Loading loading) {
        long c = config.width(stage);
        DetectorPart end = new DetectorPart(all.in(""), loading).norm("norm", "norm" + stage, c);
        if (stage + 1 < STAGES) {
            String merge = "stages." + stage + ".downsample.";
            end.merging("downsample.norm.weight", merge + "norm.weight", 4 * c)
                    .merging("downsample.norm.bias", merge + "norm.bias", 4 * c)
                    .merging(
                            "downsample.reduction.weight",
                            merge + "reduction.weight",
                            2 * c,
                            4 * c);
        }
        return end.dict();
    }

    private static ImmutableList<TensorDict> pixelDecoder(
            Parameters all, Mask2FormerConfig config, Loading loading) {
        ImmutableList.Builder<TensorDict> parts = ImmutableList.builder();
        int d = config.features();
        DetectorPart input = new DetectorPart(all.in(""), loading);
        for (int level = 0; level < LEVELS; level++) {
            String conv = "input_convs." + level;
            input.tensor(
                            conv + ".conv.weight",
                            conv + ".conv.weight",
                            d,
                            config.width(STAGES - 1 - level),
                            1,
                            1)
                    .tensor(conv + ".conv.bias", conv + ".conv.bias", d)
                    .norm(conv + ".gn", conv + ".gn", d);
        }
        String lateral = "lateral_convs.0";
        String output = "output_convs.0";
        parts.add(
                input.tensor("level_encoding.weight", "level_encoding.weight", LEVELS, d)
                        .tensor(
                                lateral + ".conv.weight",
                                lateral + ".conv.weight",
                                d,
                                config.width(),
                                1,
                                1)
                        .norm(lateral + ".gn", lateral + ".gn", d)
                        .tensor(output + ".conv.weight", output + ".conv.weight", d, d, 3, 3)
                        .norm(output + ".gn", output + ".gn", d)
                        .tensor("mask_feature.weight", "mask_feature.weight", d, d, 1, 1)
                        .tensor("mask_feature.bias", "mask_feature.bias", d)
                        .dict());
        for (int layer = 0; layer < config.encoderLayers(); layer++) {
            parts.add(encoderLayer(all.in("encoder.layers." + layer), config, loading));
        }
        return parts.build();
    }

    private static TensorDict encoderLayer(
            Parameters all, Mask2FormerConfig config, Loading loading) {
        long d = config.features();
        long samples = (long) config.heads() * LEVELS * POINTS;
        String attention = "attentions.0.";
        return new DetectorPart(all, loading)
                .linear("value_proj", attention + "value_proj", d, d)
                .linear("sampling_offsets", attention + "sampling_offsets", 2 * samples, d)
                .linear("attention_weights", attention + "attention_weights", samples, d)
                .linear("output_proj", attention + "output_proj", d, d)
                .norm("norms.0", "norms.0", d)
                .linear("fc1", "ffns.0.layers.0.0", config.encoderMlp(), d)
                .linear("fc2", "ffns.0.layers.1", d, config.encoderMlp())
                .norm("norms.1", "norms.1", d)
                .dict();
    }

    private static ImmutableList<TensorDict> decoder(
            Parameters all, Mask2FormerConfig config, Loading loading) {
        ImmutableList.Builder<TensorDict> parts = ImmutableList.builder();
        long d = config.features();
        long q = config.queries();
        parts.add(
                new DetectorPart(all.in(""), loading)
                        .tensor("query_embed.weight", "query_embed.weight", q, d)
                        .tensor("query_feat.weight", "query_feat.weight", q, d)
                        .tensor("level_embed.weight", "level_embed.weight", LEVELS, d)
                        .norm("post_norm", "transformer_decoder.post_norm", d)
                        .small("cls_embed", "cls_embed", config.labels() + 1L, d)
                        .small("mask_embed.0", "mask_embed.0", d, d)
                        .small("mask_embed.2", "mask_embed.2", d, d)
                        .small("mask_embed.4", "mask_embed.4", d, d)
                        .dict());
        for (int layer = 0; layer < config.decoderLayers(); layer++) {
            parts.add(decoderLayer(all.in("transformer_decoder.layers." + layer), config, loading));
        }
        return parts.build();
    }

    private static TensorDict decoderLayer(
            Parameters all, Mask2FormerConfig config, Loading loading) {
        long d = config.features();
        DetectorPart part = new DetectorPart(all, loading);
        attention(part, "cross", "attentions.0.attn.", d);
        attention(part, "self", "attentions.1.attn.", d);
        return part.norm("norms.0", "norms.0", d)
                .norm("norms.1", "norms.1", d)
                .norm("norms.2", "norms.2", d)
                .small("fc1", "ffns.0.layers.0.0", config.decoderMlp(), d)
                .small("fc2", "ffns.0.layers.1", d, config.decoderMlp())
                .dict();
    }

    private static void attention(DetectorPart part, String name, String source, long d) {
        part.tensor(name + ".in_proj_weight", source + "in_proj_weight", 3 * d, d)
                .tensor(name + ".in_proj_bias", source + "in_proj_bias", 3 * d)
                .small(name + ".out_proj", source + "out_proj", d, d);
    }
}

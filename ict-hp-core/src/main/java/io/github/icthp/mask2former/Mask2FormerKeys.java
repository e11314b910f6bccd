package io.github.icthp.mask2former;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;

import io.github.icthp.weights.TensorInfo;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.Weights.Rows;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The namings of Mask2Former's parameters: mmdet 2.x ({@code backbone.stages.0.…}), mmdet 3.x, and
 * Hugging Face ({@code model.pixel_level_module.…}), which keeps queries, keys and values apart.
 */
final class Mask2FormerKeys {

    private static final String ENCODER = "model.pixel_level_module.encoder.";
    private static final String DECODER = "model.pixel_level_module.decoder.";
    private static final String TRANSFORMER = "model.transformer_module.";
    private static final String BLOCK = "encoder\\.layers\\.(\\d+)\\.blocks\\.(\\d+)\\.";

    private static final List<String> STACKED = List.of("query", "key", "value");
    private static final List<String> PROJECTIONS = List.of("q", "k", "v");
    private static final List<Integer> MASK_LAYERS = List.of(0, 2, 4);

    /** Counted positions, the loss's weights, and a norm of Swin that no map passes through. */
    private static final ImmutableList<Pattern> UNUSED =
            ImmutableList.of(
                    Pattern.compile(".*\\.relative_position_index$"),
                    Pattern.compile("criterion\\."),
                    Pattern.compile(q(ENCODER) + "(swin\\.)?layernorm\\."));

    /** How names of mmdet 3 begin or go on, and how those of 2. */
    private static final ImmutableMap<Pattern, String> MMDET_3 =
            ImmutableMap.of(
                    Pattern.compile("(pixel_decoder\\.encoder\\.layers\\.\\d+)\\.self_attn\\."),
                            "$1.attentions.0.",
                    Pattern.compile("(transformer_decoder\\.layers\\.\\d+)\\.cross_attn\\."),
                            "$1.attentions.0.",
                    Pattern.compile("(transformer_decoder\\.layers\\.\\d+)\\.self_attn\\."),
                            "$1.attentions.1.",
                    Pattern.compile("(panoptic_head\\..*layers\\.\\d+)\\.ffn\\."), "$1.ffns.0.");

    private static final ImmutableMap<String, String> HUGGING_FACE =
            ImmutableMap.<String, String>builder()
                    .put(q(ENCODER) + "embeddings\\.patch_embeddings\\.", "backbone.patch_embed.")
                    .put(q(ENCODER) + "embeddings\\.norm\\.", "backbone.patch_embed.norm.")
                    .put(block("layernorm_before"), "backbone.stages.$1.blocks.$2.norm1")
                    .put(block("layernorm_after"), "backbone.stages.$1.blocks.$2.norm2")
                    .put(
                            block("attention\\.self\\.(?=relative)"),
                            "backbone.stages.$1.blocks.$2.attn.w_msa.")
                    .put(
                            block("attention\\.output\\.dense"),
                            "backbone.stages.$1.blocks.$2.attn.w_msa.proj")
                    .put(
                            block("intermediate\\.dense"),
                            "backbone.stages.$1.blocks.$2.ffn.layers.0.0")
                    .put(block("output\\.dense"), "backbone.stages.$1.blocks.$2.ffn.layers.1")
                    .put(
                            q(ENCODER) + "encoder\\.layers\\.(\\d+)\\.downsample\\.",
                            "backbone.stages.$1.downsample.")
                    .put(
                            q(DECODER) + "input_projections\\.(\\d+)\\.0\\.",
                            pixel("input_convs.$1.conv."))
                    .put(
                            q(DECODER) + "input_projections\\.(\\d+)\\.1\\.",
                            pixel("input_convs.$1.gn."))
                    .put(deformable("self_attn\\."), pixel("encoder.layers.$1.attentions.0."))
                    .put(deformable("self_attn_layer_norm"), pixel("encoder.layers.$1.norms.0"))
                    .put(deformable("fc1"), pixel("encoder.layers.$1.ffns.0.layers.0.0"))
                    .put(deformable("fc2"), pixel("encoder.layers.$1.ffns.0.layers.1"))
                    .put(deformable("final_layer_norm"), pixel("encoder.layers.$1.norms.1"))
                    .put(q(DECODER) + "level_embed$", pixel("level_encoding.weight"))
                    .put(q(DECODER) + "adapter_1\\.0\\.", pixel("lateral_convs.0.conv."))
                    .put(q(DECODER) + "adapter_1\\.1\\.", pixel("lateral_convs.0.gn."))
                    .put(q(DECODER) + "layer_1\\.0\\.", pixel("output_convs.0.conv."))
                    .put(q(DECODER) + "layer_1\\.1\\.", pixel("output_convs.0.gn."))
                    .put(q(DECODER) + "mask_projection\\.", pixel("mask_feature."))
                    .put(layer("cross_attn\\."), query("$1.attentions.0.attn."))
                    .put(layer("cross_attn_layer_norm"), query("$1.norms.0"))
                    .put(layer("self_attn\\.out_proj"), query("$1.attentions.1.attn.out_proj"))
                    .put(layer("self_attn_layer_norm"), query("$1.norms.1"))
                    .put(layer("fc1"), query("$1.ffns.0.layers.0.0"))
                    .put(layer("fc2"), query("$1.ffns.0.layers.1"))
                    .put(layer("final_layer_norm"), query("$1.norms.2"))
                    .put(
                            q(TRANSFORMER) + "decoder\\.layernorm\\.",
                            "panoptic_head.transformer_decoder.post_norm.")
                    .put(q(TRANSFORMER) + "queries_embedder\\.", "panoptic_head.query_embed.")
                    .put(q(TRANSFORMER) + "queries_features\\.", "panoptic_head.query_feat.")
                    .put(q(TRANSFORMER) + "level_embed\\.", "panoptic_head.level_embed.")
                    .put("class_predictor\\.", "panoptic_head.cls_embed.")
                    .build();

    private static final ImmutableMap<Pattern, String> PATTERNS = compiled();

    private static final Pattern QKV =
            Pattern.compile(block("attention\\.self\\.(query|key|value)\\.(weight|bias)$"));
    private static final Pattern IN_PROJ =
            Pattern.compile(layer("self_attn\\.([qkv])_proj\\.(weight|bias)$"));
    private static final Pattern STAGE_NORM =
            Pattern.compile(q(ENCODER) + "hidden_states_norms\\.stage(\\d+)\\.(weight|bias)$");
    private static final Pattern MASK_EMBED =
            Pattern.compile(
                    q(TRANSFORMER)
                            + "decoder\\.mask_predictor\\.mask_embedder\\.([012])\\.0\\."
                            + "(weight|bias)$");

    private Mask2FormerKeys() {}

    /** A tensor, or one of several that are stacked, under its name in mmdet 2. */
    private record Target(String name, int part) {}

    private static String q(String text) {
        return text.replace(".", "\\.");
    }

    private static String block(String rest) {
        return q(ENCODER) + BLOCK + rest;
    }

    private static String deformable(String rest) {
        return q(DECODER) + "encoder\\.layers\\.(\\d+)\\." + rest;
    }

    private static String layer(String rest) {
        return q(TRANSFORMER) + "decoder\\.layers\\.(\\d+)\\." + rest;
    }

    private static String pixel(String rest) {
        return "panoptic_head.pixel_decoder." + rest;
    }

    private static String query(String rest) {
        return "panoptic_head.transformer_decoder.layers." + rest;
    }

    private static ImmutableMap<Pattern, String> compiled() {
        ImmutableMap.Builder<Pattern, String> patterns = ImmutableMap.builder();
        HUGGING_FACE.forEach((from, to) -> patterns.put(Pattern.compile("^" + from), to));
        return patterns.buildOrThrow();
    }

    /** Tells by the names whether patch merging reads columns first, as Hugging Face has it. */
    static boolean isHuggingFace(Weights weights) {
        return weights.names().stream().anyMatch(name -> name.startsWith(ENCODER));
    }

    /**
     * Shows weights in mmdet 2's naming, whichever they have. Values keep their order: that of
     * patch merging differs. What the network does not use is left out.
     */
    static Weights toMmdet(Weights weights) {
        boolean huggingFace = isHuggingFace(weights);
        Map<String, List<String>> parts = new LinkedHashMap<>();
        for (String name : weights.names()) {
            if (UNUSED.stream().anyMatch(unused -> unused.matcher(name).lookingAt())) {
                continue;
            }
            Target target = huggingFace ? huggingFace(name) : new Target(mmdet2(name), 0);
            List<String> of = parts.computeIfAbsent(target.name(), key -> new ArrayList<>());
            while (of.size() <= target.part()) {
                of.add("");
            }
            // Of two that would share a name, the second keeps its own: loading then refuses it.
            if (of.get(target.part()).isEmpty()) {
                of.set(target.part(), name);
            } else {
                parts.put(name, List.of(name));
            }
        }
        return weights.ofRows(rows(weights, parts));
    }

    /** Where parts are missing or differ, each keeps its own name: loading then says so. */
    private static Map<String, List<Rows>> rows(Weights weights, Map<String, List<String>> parts) {
        Map<String, List<Rows>> rows = new LinkedHashMap<>();
        parts.forEach(
                (name, of) -> {
                    List<TensorInfo> found =
                            of.stream().filter(p -> !p.isEmpty()).map(weights::info).toList();
                    long shapes = found.stream().map(info -> info.withName("")).distinct().count();
                    if (found.size() == of.size() && shapes == 1) {
                        rows.put(name, found.stream().map(Rows::all).toList());
                    } else {
                        found.forEach(info -> rows.put(info.name(), List.of(Rows.all(info))));
                    }
                });
        return rows;
    }

    /** A name of mmdet 3 in mmdet 2; others as they are. */
    private static String mmdet2(String name) {
        String renamed = name;
        for (Map.Entry<Pattern, String> entry : MMDET_3.entrySet()) {
            renamed = entry.getKey().matcher(renamed).replaceFirst(entry.getValue());
        }
        return renamed;
    }

    private static Target huggingFace(String name) {
        return stacked(QKV, name, "backbone.stages.%s.blocks.%s.attn.w_msa.qkv.%s", STACKED)
                .or(() -> inProjection(name))
                .orElseGet(() -> new Target(single(name), 0));
    }

    private static Optional<Target> stacked(
            Pattern pattern, String name, String target, List<String> order) {
        Matcher match = pattern.matcher(name);
        return match.matches()
                ? Optional.of(
                        new Target(
                                String.format(
                                        java.util.Locale.ROOT,
                                        target,
                                        match.group(1),
                                        match.group(2),
                                        match.group(4)),
                                order.indexOf(match.group(3))))
                : Optional.empty();
    }

    private static Optional<Target> inProjection(String name) {
        Matcher match = IN_PROJ.matcher(name);
        return match.matches()
                ? Optional.of(
                        new Target(
                                query(
                                        match.group(1)
                                                + ".attentions.1.attn.in_proj_"
                                                + match.group(3)),
                                PROJECTIONS.indexOf(match.group(2))))
                : Optional.empty();
    }

    private static String single(String name) {
        Matcher norm = STAGE_NORM.matcher(name);
        if (norm.matches()) {
            return "backbone.norm" + (Integer.parseInt(norm.group(1)) - 1) + "." + norm.group(2);
        }
        Matcher mask = MASK_EMBED.matcher(name);
        if (mask.matches()) {
            return "panoptic_head.mask_embed."
                    + MASK_LAYERS.get(Integer.parseInt(mask.group(1)))
                    + "."
                    + mask.group(2);
        }
        for (Map.Entry<Pattern, String> entry : PATTERNS.entrySet()) {
            Matcher match = entry.getKey().matcher(name);
            if (match.find()) {
                return match.replaceFirst(entry.getValue());
            }
        }
        return name;
    }
}

package io.github.icthp.weights;

import static java.util.Map.entry;

import com.google.common.collect.ImmutableBiMap;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of CLIP's parameters in open_clip and in transformers, and what becomes of the values
 * between them.
 */
final class OpenClipNames {

    /** What becomes of a tensor's values from one naming to the other. */
    enum Rule {
        /** They stay as they are. */
        COPY,
        /** The matrix is transposed. */
        TRANSPOSE,
        /** Query, key and value are one tensor in open_clip, stacked along the first dimension. */
        STACK
    }

    /**
     * A parameter in both namings.
     *
     * @param openClip its open_clip name
     * @param huggingFace its transformers name, or the three that open_clip stacks, in order
     * @param rule what becomes of its values
     */
    record Parameter(String openClip, List<String> huggingFace, Rule rule) {}

    /** Names outside of the layers, open_clip's first. */
    private static final ImmutableBiMap<String, String> COPIED =
            ImmutableBiMap.ofEntries(
                    entry("logit_scale", "logit_scale"),
                    entry(
                            "positional_embedding",
                            "text_model.embeddings.position_embedding.weight"),
                    entry("token_embedding.weight", "text_model.embeddings.token_embedding.weight"),
                    entry("ln_final.weight", "text_model.final_layer_norm.weight"),
                    entry("ln_final.bias", "text_model.final_layer_norm.bias"),
                    entry("visual.class_embedding", "vision_model.embeddings.class_embedding"),
                    entry(
                            "visual.positional_embedding",
                            "vision_model.embeddings.position_embedding.weight"),
                    entry("visual.conv1.weight", "vision_model.embeddings.patch_embedding.weight"),
                    entry("visual.ln_pre.weight", "vision_model.pre_layrnorm.weight"),
                    entry("visual.ln_pre.bias", "vision_model.pre_layrnorm.bias"),
                    entry("visual.ln_post.weight", "vision_model.post_layernorm.weight"),
                    entry("visual.ln_post.bias", "vision_model.post_layernorm.bias"));

    private static final ImmutableBiMap<String, String> TRANSPOSED =
            ImmutableBiMap.of(
                    "text_projection", "text_projection.weight",
                    "visual.proj", "visual_projection.weight");

    private static final ImmutableBiMap<String, String> TOWERS =
            ImmutableBiMap.of(
                    "visual.transformer.resblocks.", "vision_model.encoder.layers.",
                    "transformer.resblocks.", "text_model.encoder.layers.");

    /** Names within a layer, behind the layer's number. */
    private static final ImmutableBiMap<String, String> IN_LAYER = inLayer();

    private static final ImmutableBiMap<String, String> STACKED =
            ImmutableBiMap.of(
                    ".attn.in_proj_weight", ".self_attn.?_proj.weight",
                    ".attn.in_proj_bias", ".self_attn.?_proj.bias");

    private static final Pattern LAYER = Pattern.compile("(.+?\\.)(\\d+)(\\..+)");
    private static final Pattern PART = Pattern.compile("\\.[qkv]_proj\\.");

    private OpenClipNames() {}

    private static ImmutableBiMap<String, String> inLayer() {
        ImmutableBiMap.Builder<String, String> names = ImmutableBiMap.builder();
        for (String kind : List.of(".weight", ".bias")) {
            names.put(".attn.out_proj" + kind, ".self_attn.out_proj" + kind);
            names.put(".ln_1" + kind, ".layer_norm1" + kind);
            names.put(".ln_2" + kind, ".layer_norm2" + kind);
            names.put(".mlp.c_fc" + kind, ".mlp.fc1" + kind);
            names.put(".mlp.c_proj" + kind, ".mlp.fc2" + kind);
        }
        return names.build();
    }

    /** Finds a parameter by its open_clip name. */
    static Optional<Parameter> byOpenClip(String name) {
        if (COPIED.containsKey(name)) {
            return parameter(name, COPIED.get(name), Rule.COPY);
        }
        if (TRANSPOSED.containsKey(name)) {
            return parameter(name, TRANSPOSED.get(name), Rule.TRANSPOSE);
        }
        Matcher layer = LAYER.matcher(name);
        if (!layer.matches() || !TOWERS.containsKey(layer.group(1))) {
            return Optional.empty();
        }
        String prefix = TOWERS.get(layer.group(1)) + layer.group(2);
        String rest = layer.group(3);
        if (IN_LAYER.containsKey(rest)) {
            return parameter(name, prefix + IN_LAYER.get(rest), Rule.COPY);
        }
        String stacked = STACKED.get(rest);
        return stacked == null
                ? Optional.empty()
                : Optional.of(new Parameter(name, parts(prefix + stacked), Rule.STACK));
    }

    /** Finds a parameter by its transformers name, or one of the three. */
    static Optional<Parameter> byHuggingFace(String name) {
        if (COPIED.containsValue(name)) {
            return byOpenClip(COPIED.inverse().get(name));
        }
        if (TRANSPOSED.containsValue(name)) {
            return byOpenClip(TRANSPOSED.inverse().get(name));
        }
        Matcher layer = LAYER.matcher(name);
        if (!layer.matches() || !TOWERS.containsValue(layer.group(1))) {
            return Optional.empty();
        }
        String rest = PART.matcher(layer.group(3)).replaceFirst(".?_proj.");
        String known = IN_LAYER.inverse().getOrDefault(rest, STACKED.inverse().get(rest));
        return known == null
                ? Optional.empty()
                : byOpenClip(TOWERS.inverse().get(layer.group(1)) + layer.group(2) + known);
    }

    private static Optional<Parameter> parameter(String openClip, String other, Rule rule) {
        return Optional.of(new Parameter(openClip, List.of(other), rule));
    }

    private static List<String> parts(String pattern) {
        return List.of("q", "k", "v").stream().map(part -> pattern.replace("?", part)).toList();
    }
}

package io.github.icthp.blip;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;

import io.github.icthp.weights.Weights;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The namings of BLIP's parameters: the authors' ({@code visual_encoder.blocks.0.…}), ImageReward's
 * (the same below {@code blip.}), and transformers' ({@code vision_model.encoder.layers.0.…}).
 *
 * <p>The values are the same in all: query, key and value of the vision tower are stacked in each.
 */
final class BlipKeys {

    private static final String BACKBONE = "blip.";

    private static final ImmutableMap<String, String> OUTSIDE =
            ImmutableMap.of(
                    "visual_encoder.cls_token", "vision_model.embeddings.class_embedding",
                    "visual_encoder.pos_embed", "vision_model.embeddings.position_embedding",
                    "visual_encoder.patch_embed.proj.weight",
                            "vision_model.embeddings.patch_embedding.weight",
                    "visual_encoder.patch_embed.proj.bias",
                            "vision_model.embeddings.patch_embedding.bias",
                    "visual_encoder.norm.weight", "vision_model.post_layernorm.weight",
                    "visual_encoder.norm.bias", "vision_model.post_layernorm.bias");

    private static final ImmutableMap<String, String> IN_LAYER =
            ImmutableMap.of(
                    "attn.qkv", "self_attn.qkv",
                    "attn.proj", "self_attn.projection",
                    "norm1", "layer_norm1",
                    "norm2", "layer_norm2",
                    "mlp.fc1", "mlp.fc1",
                    "mlp.fc2", "mlp.fc2");

    private static final Pattern LAYER =
            Pattern.compile("visual_encoder\\.blocks\\.(\\d+)\\.(.+)\\.(weight|bias)");

    /** What training keeps beside the model: never used for scoring. */
    private static final ImmutableSet<String> UNUSED =
            ImmutableSet.of(
                    "temp",
                    "image_queue",
                    "text_queue",
                    "idx_queue",
                    "ptr_queue",
                    "queue_ptr",
                    "text_encoder.embeddings.position_ids");

    private static final List<String> UNUSED_PARTS =
            List.of(
                    "visual_encoder_m.",
                    "vision_proj_m.",
                    "text_encoder_m.",
                    "text_proj_m.",
                    "text_decoder.");

    private BlipKeys() {}

    /**
     * Tells by the names whether weights are a BLIP model in the authors' naming.
     *
     * @param weights open weights
     * @return false also for ImageReward's naming and for anything that is no BLIP model
     */
    public static boolean isOriginal(Weights weights) {
        return weights.names().contains("visual_encoder.cls_token");
    }

    /**
     * Tells by the names whether weights are ImageReward's.
     *
     * @param weights open weights
     * @return true if the backbone lies below {@code blip.}, and a head beside it
     */
    public static boolean isImageReward(Weights weights) {
        Set<String> names = weights.names();
        return names.contains(BACKBONE + "visual_encoder.cls_token")
                && names.contains("mlp.layers.0.weight");
    }

    /**
     * Shows weights in transformers' naming, whichever they have. What training keeps beside the
     * model (momentum copies, queues, temperature, the decoder, counted positions) is left out;
     * names that no BLIP model has stay as they are.
     *
     * @param weights open weights, closed with what is returned
     * @return a view
     */
    public static Weights toHuggingFace(Weights weights) {
        return renamed(weights, BlipKeys::huggingFace);
    }

    /** Shows those tensors that a rule gives a name. */
    static Weights renamed(Weights weights, Function<String, Optional<String>> rule) {
        Map<String, String> saved = new LinkedHashMap<>();
        for (String name : weights.names()) {
            // Of two that would share a name, the second keeps its own: loading then refuses it.
            rule.apply(name)
                    .ifPresent(other -> saved.put(saved.containsKey(other) ? name : other, name));
        }
        return weights.renamed(ImmutableMap.copyOf(saved));
    }

    /** A parameter's name in transformers; nothing for what is left out. */
    static Optional<String> huggingFace(String name) {
        String plain = name.startsWith(BACKBONE) ? name.substring(BACKBONE.length()) : name;
        if (UNUSED.contains(plain) || UNUSED_PARTS.stream().anyMatch(plain::startsWith)) {
            return Optional.empty();
        }
        Matcher layer = LAYER.matcher(plain);
        if (layer.matches() && IN_LAYER.containsKey(layer.group(2))) {
            return Optional.of(
                    "vision_model.encoder.layers."
                            + layer.group(1)
                            + "."
                            + IN_LAYER.get(layer.group(2))
                            + "."
                            + layer.group(3));
        }
        return Optional.of(OUTSIDE.getOrDefault(plain, plain));
    }
}

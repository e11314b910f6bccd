package io.github.icthp.clip;

import ai.djl.ndarray.types.Shape;

import com.google.common.collect.ImmutableMap;

import io.github.icthp.weights.Weights;

import java.util.Map;

/** Recognises a known CLIP architecture by the shapes of its weights. */
public final class ClipShapes {

    private static final ImmutableMap<String, ClipConfig> KNOWN =
            ImmutableMap.of(
                    "ViT-H/14", ClipConfig.vitH14(),
                    "ViT-L/14", ClipConfig.vitL14(),
                    "ViT-B/32", ClipConfig.vitB32());

    private ClipShapes() {}

    /**
     * Finds the preset whose vision tower has the shapes of some weights.
     *
     * @param weights weights under Hugging Face's names
     * @return the preset
     * @throws IllegalArgumentException if none fits; the message says what to do
     */
    public static ClipConfig recognise(Weights weights) {
        return KNOWN.values().stream()
                .filter(config -> fits(weights, config))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "ClipShapes: no config.json was found, and the shapes of "
                                                + weights.source()
                                                + " are those of none of "
                                                + KNOWN.keySet()
                                                + "; name a folder that holds their config.json"
                                                + " with base(...)"));
    }

    private static boolean fits(Weights weights, ClipConfig config) {
        long width = config.vision().width();
        int last = config.vision().layers() - 1;
        Map<String, Shape> shapes =
                Map.of(
                        "vision_model.embeddings.patch_embedding.weight",
                        new Shape(width, 3, config.patchSize(), config.patchSize()),
                        "vision_model.embeddings.position_embedding.weight",
                        new Shape(config.imageTokens(), width),
                        "visual_projection.weight",
                        new Shape(config.projection(), width),
                        "vision_model.encoder.layers." + last + ".mlp.fc1.weight",
                        new Shape(config.vision().mlpWidth(), width));
        String beyond = "vision_model.encoder.layers." + (last + 1) + ".mlp.fc1.weight";
        return !weights.names().contains(beyond)
                && shapes.entrySet().stream()
                        .allMatch(
                                entry ->
                                        weights.names().contains(entry.getKey())
                                                && weights.info(entry.getKey())
                                                        .shape()
                                                        .equals(entry.getValue()));
    }
}

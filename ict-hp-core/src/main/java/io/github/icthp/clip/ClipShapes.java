package io.github.icthp.clip;

import ai.djl.ndarray.types.Shape;

import io.github.icthp.image.ImageConfig;
import io.github.icthp.image.ProcessorFile;
import io.github.icthp.weights.OpenClipKeys;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Recognizes known CLIP architectures by the shapes of weights, which several may share. */
final class ClipShapes {

    private ClipShapes() {}

    /**
     * Finds the one architecture of some weights that have no configuration: ViT-H/14 of LAION for
     * the released layout. Shapes alone do not suffice, since published models of each shape differ
     * in their activation.
     *
     * @throws IllegalArgumentException if nothing tells; the message says what to do
     */
    static ClipArchitecture recognize(List<Path> weights) {
        List<ClipArchitecture> fitting;
        try (Weights open = OpenClipKeys.toHuggingFace(Weights.openModel(weights.get(0)))) {
            fitting = fitting(open);
        }
        boolean released = weights.stream().anyMatch(ReleasedWeights::isLayoutOf);
        if (released && fitting.contains(ClipArchitecture.VIT_H_14)) {
            return ClipArchitecture.VIT_H_14;
        }
        boolean unknown = fitting.isEmpty();
        throw new IllegalArgumentException(
                "ClipSettings: no config.json or open_clip_config.json lies beside "
                        + weights.get(0)
                        + (unknown
                                ? ", and its shapes are those of no known architecture"
                                : ", and published models of its shapes differ: " + list(fitting))
                        + ". Name the folder or hub id of the model's configuration (--base,"
                        + " RewardModelBuilder.base)"
                        + (unknown
                                ? ""
                                : ", or its architecture (--architecture "
                                        + fitting.get(0)
                                        + ", RewardModelBuilder.architecture)"));
    }

    private static String list(List<ClipArchitecture> architectures) {
        return architectures.stream()
                .map(ClipArchitecture::description)
                .collect(Collectors.joining("; "));
    }

    /**
     * Returns the image settings of a model whose folder does not say them: CLIP's usual ones.
     *
     * @throws IllegalArgumentException if published models of this shape and activation differ
     */
    static ImageConfig imagesOf(ClipConfig config, Path file) {
        List<ClipArchitecture> alike =
                Arrays.stream(ClipArchitecture.values())
                        .filter(known -> isAlike(known.config(), config))
                        .toList();
        if (alike.stream().map(ClipArchitecture::images).distinct().count() > 1) {
            throw new IllegalArgumentException(
                    "ClipSettings: "
                            + file
                            + " has no "
                            + ProcessorFile.IMAGES
                            + " beside it, and published models like it prepare images differently:"
                            + " "
                            + list(alike)
                            + ". Put that file there, or name the architecture (--architecture "
                            + alike.get(0)
                            + ", RewardModelBuilder.architecture)");
        }
        return ImageConfig.square(config.imageSize());
    }

    private static boolean isAlike(ClipConfig one, ClipConfig other) {
        return one.vision().equals(other.vision())
                && one.imageSize() == other.imageSize()
                && one.patchSize() == other.patchSize()
                && one.projection() == other.projection();
    }

    /**
     * Finds the architectures whose vision tower has the shapes of some weights.
     *
     * @param weights weights under Hugging Face's names
     * @return the architectures, which differ in activation or image settings; empty if none fits
     */
    private static List<ClipArchitecture> fitting(Weights weights) {
        return Arrays.stream(ClipArchitecture.values())
                .filter(known -> fits(weights, known.config()))
                .toList();
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

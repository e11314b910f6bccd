package io.github.icthp.reward;

import io.github.icthp.weights.OpenClipKeys;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsFormatException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What a file of weights is, told by the names of its tensors. */
public enum Checkpoint {
    /** A CLIP model as PickScore, ICT and most plain CLIPs are published. */
    CLIP("a CLIP model in transformers' names, as PickScore, ICT and plain CLIP are published"),
    /** A CLIP model as HPS v2 is published. */
    OPEN_CLIP("a CLIP model in open_clip's names, as HPS v2 is published"),
    /** BLIP with its matching head. */
    BLIP_ITM("a BLIP matching model, as ITM is published"),
    /** BLIP below {@code blip.} with a head below {@code mlp.}. */
    IMAGE_REWARD("ImageReward: BLIP with a head of its own"),
    /** Five linear layers without activations, such as the aesthetic predictor's. */
    LINEAR_HEAD("a head of linear layers without a backbone, as HP's and the aesthetic one are"),
    /** The aesthetic predictor with activations between its layers. */
    RELU_HEAD("the aesthetic head with ReLUs (layers 0, 3, 6, 9 and 11)"),
    /** None of these. */
    OTHER("a checkpoint of no scorer that is known here");

    /** How files of weights may end that are found in a folder without being named. */
    private static final List<String> ENDINGS = List.of(".safetensors", ".pt", ".pth", ".bin");

    private final String text;

    Checkpoint(String text) {
        this.text = text;
    }

    /**
     * Recognizes weights.
     *
     * @param weights open weights
     * @return what they are; only names are looked at
     */
    public static Checkpoint of(Weights weights) {
        Set<String> names = weights.names();
        if (names.contains("blip.visual_encoder.cls_token")) {
            return IMAGE_REWARD;
        }
        if (names.contains("visual_encoder.cls_token")
                || names.contains("itm_head.weight")
                || names.contains("text_encoder.embeddings.word_embeddings.weight")) {
            return BLIP_ITM;
        }
        if (OpenClipKeys.isOpenClip(weights)) {
            return OPEN_CLIP;
        }
        if (names.contains("vision_model.embeddings.class_embedding")) {
            return CLIP;
        }
        if (names.contains("layers.0.weight")) {
            return names.contains("layers.3.weight") ? RELU_HEAD : LINEAR_HEAD;
        }
        return OTHER;
    }

    /**
     * Finds weights in a folder that holds none of a usual name: a released file often lies under
     * its own name, and is known by what it holds.
     *
     * @param path a file or folder
     * @param scorer what messages call the scorer
     * @param expected the kinds that are taken
     * @return the one such file; the path itself if it is a file, or a folder of weights of a usual
     *     name, or holds none of these kinds
     * @throws IllegalArgumentException if the folder holds several
     * @throws UncheckedIOException if it cannot be read
     */
    public static Path locate(Path path, String scorer, Checkpoint... expected) {
        if (!Files.isDirectory(path)
                || Weights.fileNames().stream().map(path::resolve).anyMatch(Files::exists)) {
            return path;
        }
        List<Path> found;
        try (Stream<Path> files = Files.list(path)) {
            found =
                    files.filter(file -> ENDINGS.stream().anyMatch(file.toString()::endsWith))
                            .filter(file -> holds(file, expected))
                            .sorted()
                            .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("RewardModel: cannot list " + path, e);
        }
        if (found.size() > 1) {
            throw new IllegalArgumentException(
                    "RewardModel of "
                            + scorer
                            + ": expected one checkpoint in "
                            + path
                            + ", got "
                            + found.stream().map(Path::getFileName).toList()
                            + "; name the file");
        }
        return found.isEmpty() ? path : found.get(0);
    }

    private static boolean holds(Path file, Checkpoint... expected) {
        try (Weights weights = Weights.open(file)) {
            return Set.of(expected).contains(of(weights));
        } catch (WeightsFormatException e) {
            return false;
        }
    }

    /**
     * Requires weights to be of one kind, so that one scorer's file is never read as another's.
     *
     * @param weights open weights
     * @param scorer what messages call the scorer
     * @param expected the kinds that are taken; {@link #OTHER} is left to strict loading, which
     *     lists the names
     * @throws IllegalArgumentException if they are of another kind
     */
    public static void require(Weights weights, String scorer, Checkpoint... expected) {
        Checkpoint found = of(weights);
        if (found != OTHER && !Set.of(expected).contains(found)) {
            throw new IllegalArgumentException(
                    "RewardModel of "
                            + scorer
                            + ": expected "
                            + expected[0].text
                            + ", but "
                            + weights.source()
                            + " is "
                            + found.text
                            + "; name this scorer's own weights");
        }
    }

    /**
     * Returns the kind in words.
     *
     * @return a noun phrase
     */
    public String text() {
        return text;
    }
}

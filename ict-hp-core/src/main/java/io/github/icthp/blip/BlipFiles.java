package io.github.icthp.blip;

import io.github.icthp.reward.Checkpoint;
import io.github.icthp.reward.PicturePreparation;
import io.github.icthp.reward.RewardOrigin;
import io.github.icthp.reward.RewardSources;
import io.github.icthp.weights.ConfigFile;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsFormatException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What belongs to the weights of a BLIP model, found beside them.
 *
 * @param weights the file of weights
 * @param config the model's shape
 * @param tokenizer the folder of its tokenizer
 * @param settings where the shape came from
 * @param assumption what no file said; or an empty string
 */
record BlipFiles(
        Path weights, BlipConfig config, Path tokenizer, String settings, String assumption) {

    private static final String CLASS_TOKEN = "vision_model.embeddings.class_embedding";
    private static final String POSITIONS = "vision_model.embeddings.position_embedding";
    private static final String PATCHES = "vision_model.embeddings.patch_embedding.weight";

    /**
     * Finds the files: weights as named, a configuration and a tokenizer in the base folder, in the
     * weights' or in the one around it.
     *
     * @throws IllegalArgumentException if weights are another scorer's, or files are missing
     */
    static BlipFiles find(RewardSources sources, String scorer, Checkpoint expected) {
        Path named = sources.required(RewardSources.WEIGHTS);
        Path file = Weights.locate(Checkpoint.locate(named, scorer, expected));
        List<Path> folders = folders(file, sources.part(RewardSources.BASE));
        try (Weights weights = Weights.open(file)) {
            Checkpoint.require(weights, scorer, expected);
            BlipConfigs.requireTower(weights, scorer);
            BlipConfigs.Stated stated = BlipConfigs.find(weights, folders);
            return new BlipFiles(
                    file,
                    stated.config().withProjectionOf(weights),
                    tokenizer(folders, file, scorer),
                    stated.source(),
                    stated.assumption());
        }
    }

    /** The folder of the weights. */
    Path folder() {
        return Objects.requireNonNull(weights.toAbsolutePath().normalize().getParent());
    }

    private static List<Path> folders(Path file, Optional<Path> base) {
        Path folder = Objects.requireNonNull(file.toAbsolutePath().normalize().getParent());
        return Stream.concat(
                        base.stream(),
                        Stream.of(folder, folder.getParent()).filter(Objects::nonNull))
                .toList();
    }

    private static Path tokenizer(List<Path> folders, Path file, String scorer) {
        return folders.stream()
                .filter(
                        folder ->
                                Files.isRegularFile(folder.resolve("tokenizer.json"))
                                        || Files.isRegularFile(folder.resolve("vocab.txt")))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "RewardModel of "
                                                + scorer
                                                + ": expected bert-base-uncased's tokenizer.json or"
                                                + " vocab.txt beside "
                                                + file
                                                + " or in the base folder, found neither; name its"
                                                + " folder or hub id by"
                                                + " RewardModelBuilder.base(\"google-bert/bert-base-uncased\")"));
    }

    /** Starts the tokenizer; the caller closes it. */
    BertTokenizer startTokenizer() {
        BertTokenizer started = BertTokenizer.load(tokenizer);
        if (started.vocabularySize() > config.vocabulary()) {
            int size = started.vocabularySize();
            started.close();
            throw new IllegalArgumentException(
                    "RewardModel: the tokenizer in "
                            + tokenizer
                            + " has "
                            + size
                            + " tokens, the model of "
                            + weights
                            + " "
                            + config.vocabulary()
                            + "; name the folder of the model's own tokenizer as the base");
        }
        return started;
    }

    /** How many tokens of a prompt are read. */
    int textLength() {
        return Math.min(BlipModel.TEXT_LENGTH, config.positions());
    }

    RewardOrigin origin(PicturePreparation pictures) {
        return new RewardOrigin(
                Map.of(RewardSources.WEIGHTS, weights.toString()),
                pictures.description(),
                "bert-base-uncased, [CLS] first, padding masked",
                textLength(),
                settings,
                assumption);
    }

    /** Finds the shape of a BLIP model. */
    private static final class BlipConfigs {

        record Stated(BlipConfig config, String source, String assumption) {}

        private BlipConfigs() {}

        /** Requires the tensors whose shapes tell the tower. */
        static void requireTower(Weights weights, String scorer) {
            Weights plain = BlipKeys.toHuggingFace(weights);
            boolean known =
                    Stream.of(CLASS_TOKEN, POSITIONS, PATCHES).allMatch(plain.names()::contains)
                            && plain.info(POSITIONS).shape().dimension() == 3
                            && plain.info(PATCHES).shape().dimension() == 4;
            if (!known) {
                throw new IllegalArgumentException(
                        "RewardModel of "
                                + scorer
                                + ": expected a BLIP model with "
                                + POSITIONS
                                + " (or visual_encoder.pos_embed), got "
                                + weights.names().size()
                                + " other tensors in "
                                + weights.source());
            }
        }

        /** The nearest file that says it, in the weights' own layout first; else by shapes. */
        static Stated find(Weights weights, List<Path> folders) {
            boolean original = BlipKeys.isOriginal(weights) || BlipKeys.isImageReward(weights);
            for (Path folder : folders) {
                Path config = folder.resolve("config.json");
                Path med = folder.resolve("med_config.json");
                boolean stated = Files.isRegularFile(config) && isBlip(config);
                if (Files.isRegularFile(med) && (original || !stated)) {
                    return authors(weights, folder, med);
                }
                if (stated) {
                    return new Stated(BlipConfigFile.read(config), config.toString(), "");
                }
            }
            BlipConfig preset = preset(weights);
            return new Stated(preset, "", "shape assumed from the weights': " + words(preset));
        }

        /** A base may be a tokenizer's folder with another model's configuration. */
        private static boolean isBlip(Path config) {
            String type = ConfigFile.read(config).text("model_type", "");
            return type.isEmpty() || type.equals("blip");
        }

        private static Stated authors(Weights weights, Path folder, Path med) {
            Path vision = folder.resolve("vision.json");
            if (Files.isRegularFile(vision)) {
                BlipConfig text = BlipConfigFile.readText(med, BlipConfig.retrievalBase());
                return new Stated(BlipConfigFile.readVision(vision, text), med + ", " + vision, "");
            }
            BlipConfig preset = preset(weights);
            return new Stated(
                    BlipConfigFile.readText(med, preset),
                    med.toString(),
                    "vision tower assumed from the weights' shapes: " + words(preset));
        }

        /** The authors' code knows two towers, which their width tells apart. */
        private static BlipConfig preset(Weights weights) {
            Weights plain = BlipKeys.toHuggingFace(weights);
            int width = (int) plain.info(POSITIONS).shape().get(2);
            int grid =
                    (int) Math.round(Math.sqrt((double) plain.info(POSITIONS).shape().get(1) - 1));
            int side = grid * (int) plain.info(PATCHES).shape().get(2);
            return Stream.of(
                            BlipConfig.retrievalBase(),
                            BlipConfig.retrievalLarge(),
                            BlipConfig.imageReward())
                    .filter(known -> known.vision().width() == width)
                    .filter(known -> known.imageSize() == side)
                    .findFirst()
                    .orElseThrow(
                            () ->
                                    new WeightsFormatException(
                                            "RewardModel: no config.json or med_config.json with"
                                                    + " vision.json lies beside "
                                                    + weights.source()
                                                    + ", and a vision tower of width "
                                                    + width
                                                    + " for images of "
                                                    + side
                                                    + " is none of the released ones; name the"
                                                    + " folder of its configuration as the base"));
        }

        private static String words(BlipConfig preset) {
            return "ViT of width "
                    + preset.vision().width()
                    + ", "
                    + preset.vision().layers()
                    + " layers, "
                    + preset.vision().heads()
                    + " heads, images of "
                    + preset.imageSize();
        }
    }
}

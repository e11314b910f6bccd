package io.github.icthp;

import io.github.icthp.clip.ClipConfig;
import io.github.icthp.clip.ClipConfigFile;
import io.github.icthp.clip.ClipImageConfig;
import io.github.icthp.clip.ClipShapes;
import io.github.icthp.weights.OpenClipKeys;
import io.github.icthp.weights.Weights;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The files of a reward model, found from what the user named.
 *
 * @param ict ICT's weights: a file, or a folder that {@link Weights#open} understands
 * @param hp HP's two files
 * @param config the shape of the CLIP models
 * @param images how images are prepared for them
 * @param tokenizer a folder with their tokenizer, if it is not CLIP's own
 */
record RewardFiles(
        Optional<Path> ict,
        Optional<HpFiles> hp,
        ClipConfig config,
        ClipImageConfig images,
        Optional<Path> tokenizer) {

    /**
     * HP's files.
     *
     * @param backbone weights of a CLIP model whose text tower may be absent
     * @param head weights of the MLP
     */
    record HpFiles(Path backbone, Path head) {}

    /**
     * Finds the files.
     *
     * @param ict a file, a folder of weights, or the root of the released layout
     * @param hp a folder with {@code hp_backbone} and {@code hp_scorer}, or the root of the
     *     released layout
     * @param base a folder with {@code config.json}, if the user named one
     */
    static RewardFiles find(Optional<Path> ict, Optional<Path> hp, Optional<Path> base) {
        Optional<Path> ictWeights = ict.map(path -> released(path, "ICT"));
        Optional<HpFiles> hpFiles = hp.map(path -> hpFiles(released(path, "HP")));
        Path anyWeights = ictWeights.orElseGet(() -> hpFiles.orElseThrow().backbone());
        List<Path> folders =
                Stream.concat(
                                base.stream(),
                                Stream.concat(
                                                ictWeights.stream(),
                                                hpFiles.stream().map(HpFiles::backbone))
                                        .flatMap(RewardFiles::around))
                        .distinct()
                        .toList();
        ClipConfig config = config(base, folders, anyWeights);
        return new RewardFiles(
                ictWeights,
                hpFiles,
                config,
                images(folders, config.imageSize()),
                tokenizer(folders));
    }

    private static ClipImageConfig images(List<Path> folders, int side) {
        ClipImageConfig images =
                folders.stream()
                        .map(folder -> folder.resolve("preprocessor_config.json"))
                        .filter(Files::isRegularFile)
                        .findFirst()
                        .map(ClipImageConfig::read)
                        .orElseGet(() -> ClipImageConfig.square(side));
        if (images.width() != side || images.height() != side) {
            throw new IllegalArgumentException(
                    "RewardModel: the image processor makes images of "
                            + images.width()
                            + " x "
                            + images.height()
                            + ", the model takes a side of "
                            + side
                            + "; config.json and preprocessor_config.json must belong together");
        }
        return images;
    }

    private static Optional<Path> tokenizer(List<Path> folders) {
        return folders.stream()
                .filter(
                        folder ->
                                Files.isRegularFile(folder.resolve("tokenizer.json"))
                                        || Files.isRegularFile(folder.resolve("vocab.json")))
                .findFirst();
    }

    private static Path released(Path path, String name) {
        if (!Files.exists(path)) {
            throw new IllegalArgumentException(
                    "RewardModel: " + path + " does not exist; name " + name + "'s weights");
        }
        Path below = path.resolve(name);
        return Files.isDirectory(below) ? below : path;
    }

    private static HpFiles hpFiles(Path folder) {
        Path backbone = folder.resolve("hp_backbone");
        Path scorer = folder.resolve("hp_scorer");
        if (!Files.isDirectory(backbone) || !Files.isDirectory(scorer)) {
            throw new IllegalArgumentException(
                    "RewardModel: HP has a backbone and a head: expected folders hp_backbone and"
                            + " hp_scorer in "
                            + folder);
        }
        Path released = scorer.resolve("mlp_pytorch_model.bin");
        return new HpFiles(backbone, Files.exists(released) ? released : scorer);
    }

    /** The folders near some weights where a configuration may lie. */
    private static Stream<Path> around(Path weights) {
        Path folder = Files.isDirectory(weights) ? weights : weights.toAbsolutePath().getParent();
        Path parent = folder.toAbsolutePath().normalize().getParent();
        return Stream.of(folder, parent, parent == null ? null : parent.resolve("base"))
                .filter(Objects::nonNull);
    }

    private static ClipConfig config(Optional<Path> base, List<Path> folders, Path weights) {
        if (base.isPresent() && !Files.exists(base.get().resolve("config.json"))) {
            throw new IllegalArgumentException(
                    "RewardModel: expected a config.json in the base folder " + base.get());
        }
        Optional<Path> file =
                folders.stream()
                        .map(folder -> folder.resolve("config.json"))
                        .filter(Files::isRegularFile)
                        .findFirst();
        if (file.isPresent()) {
            return ClipConfigFile.read(file.get());
        }
        try (Weights open = OpenClipKeys.toHuggingFace(Weights.open(weights))) {
            return ClipShapes.recognise(open);
        }
    }
}

package io.github.icthp.clip;

import io.github.icthp.weights.OpenClipKeys;
import io.github.icthp.weights.Weights;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What belongs to some weights of a CLIP model, found beside them.
 *
 * @param config the model's shape
 * @param images how images are prepared for it
 * @param tokenizer a folder with its tokenizer, if it is not CLIP's own
 * @param files the files that say all this, to be copied beside weights that are made from these
 */
public record ClipSettings(
        ClipConfig config, ClipImageConfig images, Optional<Path> tokenizer, List<Path> files) {

    private static final List<String> TOKENIZER =
            List.of(
                    "tokenizer.json",
                    "tokenizer_config.json",
                    "special_tokens_map.json",
                    "vocab.json",
                    "merges.txt");

    /** The file that says how images are prepared. */
    public static final String IMAGES = "preprocessor_config.json";

    /** The file that says the model's shape. */
    public static final String CONFIG = "config.json";

    /**
     * Finds them: in the base folder if one is named, else in the folder of the weights, the one
     * around it, or a folder {@code base} in that. Without a {@code config.json} a known
     * architecture is recognised by the shapes of its weights; without the other files, CLIP's own
     * tokenizer and image processing are taken.
     *
     * @param weights files or folders of weights, at least one
     * @param base the folder of the base model, if the user named one
     * @return the settings
     * @throws IllegalArgumentException if the files are missing or do not belong together
     */
    public static ClipSettings find(List<Path> weights, Optional<Path> base) {
        List<Path> folders =
                Stream.concat(base.stream(), weights.stream().flatMap(ClipSettings::around))
                        .distinct()
                        .toList();
        ClipConfig config = config(base, folders, weights.get(0));
        Optional<Path> tokenizer = tokenizer(folders);
        List<Path> files =
                Stream.concat(
                                Stream.of(CONFIG, IMAGES)
                                        .flatMap(name -> first(folders, name).stream()),
                                tokenizer.stream().flatMap(ClipSettings::tokenizerFiles))
                        .toList();
        return new ClipSettings(config, images(folders, config.imageSize()), tokenizer, files);
    }

    /**
     * Starts the model's tokenizer.
     *
     * @param openClip whether prompts are cleaned as open_clip does, instead of as transformers
     *     does
     * @return the tokenizer, to be closed by the caller
     * @throws IllegalArgumentException if it has more tokens than the model
     */
    public ClipTokenizer startTokenizer(boolean openClip) {
        ClipTokenizer.Builder builder = ClipTokenizer.builder().openClip(openClip);
        tokenizer.ifPresent(builder::folder);
        ClipTokenizer started = builder.build();
        int size = started.vocabularySize();
        if (size > config.vocabulary()) {
            started.close();
            throw new IllegalArgumentException(
                    "ClipSettings: the tokenizer has "
                            + size
                            + " tokens, the model "
                            + config.vocabulary()
                            + "; put the model's tokenizer.json into the base folder");
        }
        return started;
    }

    /** The folders near some weights where a configuration may lie. */
    private static Stream<Path> around(Path weights) {
        Path folder = Files.isDirectory(weights) ? weights : weights.toAbsolutePath().getParent();
        Path parent = folder.toAbsolutePath().normalize().getParent();
        return Stream.of(folder, parent, parent == null ? null : parent.resolve("base"))
                .filter(Objects::nonNull);
    }

    private static ClipConfig config(Optional<Path> base, List<Path> folders, Path weights) {
        if (base.isPresent() && !Files.exists(base.get().resolve(CONFIG))) {
            throw new IllegalArgumentException(
                    "ClipSettings: expected a config.json in the base folder " + base.get());
        }
        Optional<Path> file = first(folders, CONFIG);
        if (file.isPresent()) {
            return ClipConfigFile.read(file.get());
        }
        try (Weights open = OpenClipKeys.toHuggingFace(Weights.openModel(weights))) {
            return ClipShapes.recognise(open);
        }
    }

    private static ClipImageConfig images(List<Path> folders, int side) {
        ClipImageConfig images =
                first(folders, IMAGES)
                        .map(ClipImageConfig::read)
                        .orElseGet(() -> ClipImageConfig.square(side));
        if (images.width() != side || images.height() != side) {
            throw new IllegalArgumentException(
                    "ClipSettings: the image processor makes images of "
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

    private static Stream<Path> tokenizerFiles(Path folder) {
        return TOKENIZER.stream().map(folder::resolve).filter(Files::isRegularFile);
    }

    private static Optional<Path> first(List<Path> folders, String name) {
        return folders.stream()
                .map(folder -> folder.resolve(name))
                .filter(Files::isRegularFile)
                .findFirst();
    }
}

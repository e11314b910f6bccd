package io.github.icthp.clip;

import io.github.icthp.files.FolderFiles;
import io.github.icthp.image.ImageConfig;
import io.github.icthp.image.ImageConfig.Resize;
import io.github.icthp.image.ProcessorFile;
import io.github.icthp.tokenizer.ClipTokenizer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What belongs to some weights of a CLIP model, found beside them.
 *
 * @param config the model's shape
 * @param images how images are prepared for it
 * @param tokenizer a folder with its tokenizer, if it is not CLIP's own
 * @param files the files that say all this, to be copied beside weights that are made from these
 * @param origin where shape, activation and image settings come from: the files' names, or the name
 *     of an architecture
 * @param assumption what no file said and was assumed, in a sentence; or an empty string
 */
public record ClipSettings(
        ClipConfig config,
        ImageConfig images,
        Optional<Path> tokenizer,
        List<Path> files,
        String origin,
        String assumption) {

    private static final List<String> TOKENIZER =
            List.of(
                    "tokenizer.json",
                    "tokenizer_config.json",
                    "special_tokens_map.json",
                    "vocab.json",
                    "merges.txt");

    /** The file that says how images are prepared. */
    public static final String IMAGES = ProcessorFile.IMAGES;

    /** The file that says the model's shape. */
    public static final String CONFIG = "config.json";

    /**
     * Finds them: in the base folder if one is named, else in the folder of the weights, the one
     * around it, or a folder {@code base} in that. A folder may be transformers' ({@code
     * config.json} with {@code processor_config.json} or {@code preprocessor_config.json}) or
     * open_clip's ({@code open_clip_config.json}). Without any of them, weights in the released
     * layout of ICT and HP are LAION's ViT-H/14; the shapes of others do not tell the activation.
     * Without a tokenizer, CLIP's own is taken.
     *
     * @param weights files or folders of weights, at least one
     * @param base the folder of the base model, if the user named one
     * @param named the architecture, if the user named one; it is taken in place of files
     * @return the settings
     * @throws IllegalArgumentException if the files are missing, do not belong together or ask for
     *     what this library does not do, or if published models of the weights' shapes differ in
     *     what no file tells
     */
    public static ClipSettings find(
            List<Path> weights, Optional<Path> base, Optional<ClipArchitecture> named) {
        return find(weights, base, named, Optional.empty());
    }

    /**
     * Finds them for weights of a scorer whose published backbone is known.
     *
     * @param weights files or folders of weights, at least one
     * @param base the folder of the base model, if the user named one
     * @param named the architecture, if the user named one; it is taken in place of files
     * @param known the architecture to assume where no file says it
     * @return the settings
     * @throws IllegalArgumentException as {@link #find(List, Optional, Optional)} throws it
     */
    public static ClipSettings find(
            List<Path> weights,
            Optional<Path> base,
            Optional<ClipArchitecture> named,
            Optional<ClipArchitecture> known) {
        ClipFolders folders = ClipFolders.around(weights, base);
        if (named.isPresent()) {
            return of(folders, named.get());
        }
        if (base.isPresent() && ClipFolders.around(List.of(), base).config().isEmpty()) {
            throw new IllegalArgumentException(
                    "ClipSettings: expected a config.json or open_clip_config.json in the base"
                            + " folder "
                            + base.get());
        }
        Optional<Path> config = folders.config();
        return config.isPresent()
                ? read(folders, config.get())
                : assumed(folders, known.isPresent() ? known.get() : ClipShapes.recognize(weights));
    }

    /**
     * Finds them where files say all; nothing is assumed.
     *
     * @param weights files or folders of weights, at least one
     * @return the settings, or nothing if a file is missing
     * @throws IllegalArgumentException if the files do not belong together or ask for what this
     *     library does not do
     */
    public static Optional<ClipSettings> stated(List<Path> weights) {
        ClipFolders folders = ClipFolders.around(weights, Optional.empty());
        return folders.images().isEmpty()
                ? Optional.empty()
                : folders.config().map(config -> read(folders, config));
    }

    /**
     * Finds the weights that the configuration of a folder describes.
     *
     * @param path a file or folder
     * @return open_clip's file in a folder whose only CLIP configuration is open_clip's, as timm
     *     publishes them; else the path itself
     */
    public static Path weights(Path path) {
        return ClipFolders.openClipWeights(path).orElse(path);
    }

    private static ClipSettings of(ClipFolders folders, ClipArchitecture named) {
        return new ClipSettings(
                named.config(),
                named.images(),
                folders.tokenizer(),
                tokenizerFiles(folders),
                "architecture " + named + " as named: " + named.settings(),
                "");
    }

    private static ClipSettings read(ClipFolders folders, Path file) {
        boolean openClip = file.endsWith(OpenClipConfigFile.NAME);
        ClipConfig config =
                openClip ? OpenClipConfigFile.open(file).config() : ClipConfigFile.read(file);
        Optional<Path> source = folders.images();
        ImageConfig images =
                source.map(ClipSettings::readImages)
                        .orElseGet(() -> ClipShapes.imagesOf(config, file));
        requireFit(images, config.imageSize(), file, source);
        Stream<Path> copied =
                Stream.concat(Stream.of(file), source.stream().flatMap(ClipSettings::besides))
                        .filter(found -> !found.endsWith(OpenClipConfigFile.NAME));
        return new ClipSettings(
                config,
                images,
                folders.tokenizer(),
                Stream.concat(copied, tokenizerFiles(folders).stream()).toList(),
                Stream.concat(Stream.of(file), source.stream())
                        .distinct()
                        .map(Path::toString)
                        .collect(Collectors.joining(", ")),
                source.isPresent()
                        ? ""
                        : "image settings assumed, no " + IMAGES + " was found: " + words(images));
    }

    private static ImageConfig readImages(Path file) {
        return file.endsWith(OpenClipConfigFile.NAME)
                ? OpenClipConfigFile.open(file).images()
                : ImageConfig.read(file);
    }

    /** Older and newer versions of transformers read one or the other. */
    private static Stream<Path> besides(Path images) {
        return images.endsWith(OpenClipConfigFile.NAME)
                ? Stream.of(images)
                : Stream.of(ProcessorFile.PROCESSOR, IMAGES)
                        .map(images::resolveSibling)
                        .filter(Files::isRegularFile);
    }

    /** Takes an architecture that the released layout tells, where no file says it. */
    private static ClipSettings assumed(ClipFolders folders, ClipArchitecture known) {
        Optional<Path> source = folders.images();
        ImageConfig images = source.map(ClipSettings::readImages).orElse(known.images());
        requireFit(images, known.config().imageSize(), Path.of(known.toString()), source);
        return new ClipSettings(
                known.config(),
                images,
                folders.tokenizer(),
                Stream.concat(
                                source.stream().flatMap(ClipSettings::besides),
                                tokenizerFiles(folders).stream())
                        .filter(file -> !file.endsWith(OpenClipConfigFile.NAME))
                        .toList(),
                source.map(Path::toString).orElse(""),
                (source.isPresent() ? "activation" : "activation and image settings")
                        + " assumed from the shapes and the released layout: "
                        + known
                        + ", "
                        + known.config().vision().activation().text()
                        + (source.isPresent() ? "" : ", " + words(images)));
    }

    private static void requireFit(
            ImageConfig images, int side, Path config, Optional<Path> source) {
        if (images.width() != side || images.height() != side) {
            throw new IllegalArgumentException(
                    "ClipSettings: the image processor"
                            + source.map(file -> " of " + file).orElse("")
                            + " makes images of "
                            + images.width()
                            + " x "
                            + images.height()
                            + ", the model of "
                            + config
                            + " takes a side of "
                            + side
                            + "; the two must belong together");
        }
    }

    /** Returns the image settings in words. */
    static String words(ImageConfig images) {
        boolean openAi =
                images.mean().equals(ImageConfig.OPENAI_MEAN)
                        && images.std().equals(ImageConfig.OPENAI_STD);
        String colors =
                openAi
                        ? "OpenAI's mean and std"
                        : "mean " + images.mean() + ", std " + images.std();
        return (images.resize() instanceof Resize.Exact ? "squeezed to a square, " : "") + colors;
    }

    /**
     * Writes all of this beside weights that were made from these: copies the files, and writes
     * {@code config.json} and {@code preprocessor_config.json} where there was none to copy.
     *
     * @param folder where to; made if it is not there
     * @throws UncheckedIOException if it cannot be written
     */
    public void write(Path folder) {
        try {
            FolderFiles.make(folder);
            for (Path source : files) {
                Files.copy(
                        source,
                        folder.resolve(source.getFileName()),
                        StandardCopyOption.REPLACE_EXISTING);
            }
            writeUnlessCopied(folder, CONFIG, ClipConfigFile.json(config));
            writeUnlessCopied(folder, IMAGES, images.toJson());
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the model's settings cannot be written to " + folder, e);
        }
    }

    private void writeUnlessCopied(Path folder, String name, String content) throws IOException {
        if (files.stream().noneMatch(file -> file.endsWith(name))) {
            Files.writeString(folder.resolve(name), content);
        }
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

    private static List<Path> tokenizerFiles(ClipFolders folders) {
        return folders.tokenizer().stream()
                .flatMap(folder -> TOKENIZER.stream().map(folder::resolve))
                .filter(Files::isRegularFile)
                .toList();
    }
}

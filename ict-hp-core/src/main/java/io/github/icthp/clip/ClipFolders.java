package io.github.icthp.clip;

import io.github.icthp.image.ProcessorFile;
import io.github.icthp.weights.Weights;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where a model's configuration may lie: in the folder that the user named, else beside the
 * weights, in the folder around them, or in a folder {@code base} in that.
 *
 * @param all the folders, nearest first
 * @param openClip those whose weights are in a file of open_clip's name, which {@code
 *     open_clip_config.json} describes; in others a {@code config.json} comes first
 */
record ClipFolders(List<Path> all, Set<Path> openClip) {

    private static final String OPEN_CLIP = "open_clip_";

    static ClipFolders around(List<Path> weights, Optional<Path> base) {
        List<Path> all =
                Stream.concat(base.stream(), weights.stream().flatMap(ClipFolders::around))
                        .distinct()
                        .toList();
        Set<Path> openClip =
                weights.stream()
                        .filter(ClipFolders::isOpenClip)
                        .map(ClipFolders::folder)
                        .collect(Collectors.toSet());
        base.ifPresent(openClip::remove);
        return new ClipFolders(all, openClip);
    }

    private static Stream<Path> around(Path weights) {
        Path folder = folder(weights);
        Path parent = folder.toAbsolutePath().normalize().getParent();
        return Stream.of(folder, parent, parent == null ? null : parent.resolve("base"))
                .filter(Objects::nonNull);
    }

    private static Path folder(Path weights) {
        return Files.isDirectory(weights)
                ? weights
                : Objects.requireNonNull(weights.toAbsolutePath().getParent());
    }

    private static boolean isOpenClip(Path weights) {
        Path file = Files.isDirectory(weights) ? located(weights).orElse(weights) : weights;
        return file.getFileName().toString().startsWith(OPEN_CLIP);
    }

    private static Optional<Path> located(Path folder) {
        return openClipWeights(folder).or(() -> firstOf(folder, name -> true));
    }

    /** Finds open_clip's weights in a folder whose configuration is open_clip's alone. */
    static Optional<Path> openClipWeights(Path folder) {
        boolean alone =
                file(folder, OpenClipConfigFile.NAME).isPresent()
                        && file(folder, ClipSettings.CONFIG)
                                .filter(ClipConfigFile::isOfAModel)
                                .isEmpty();
        return alone ? firstOf(folder, name -> name.startsWith(OPEN_CLIP)) : Optional.empty();
    }

    private static Optional<Path> firstOf(Path folder, Predicate<String> kind) {
        return Weights.fileNames().stream()
                .filter(kind)
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .findFirst();
    }

    /** Finds the nearest file that says the model's shape. */
    Optional<Path> config() {
        return nearest(
                folder -> {
                    Optional<Path> openClip = file(folder, OpenClipConfigFile.NAME);
                    Optional<Path> plain =
                            file(folder, ClipSettings.CONFIG)
                                    .filter(
                                            f ->
                                                    openClip.isEmpty()
                                                            || ClipConfigFile.isOfAModel(f));
                    return inOrder(folder, plain, openClip);
                });
    }

    /** Finds the nearest file that says how images are prepared. */
    Optional<Path> images() {
        return nearest(
                folder ->
                        inOrder(
                                folder,
                                ProcessorFile.find(folder),
                                file(folder, OpenClipConfigFile.NAME)));
    }

    /** Finds the nearest folder with a tokenizer. */
    Optional<Path> tokenizer() {
        return nearest(
                folder ->
                        file(folder, "tokenizer.json")
                                .or(() -> file(folder, "vocab.json"))
                                .map(Path::getParent));
    }

    private Optional<Path> inOrder(Path folder, Optional<Path> plain, Optional<Path> openClip) {
        return this.openClip.contains(folder) ? openClip.or(() -> plain) : plain.or(() -> openClip);
    }

    private Optional<Path> nearest(Function<Path, Optional<Path>> find) {
        return all.stream().flatMap(folder -> find.apply(folder).stream()).findFirst();
    }

    private static Optional<Path> file(Path folder, String name) {
        return Optional.of(folder.resolve(name)).filter(Files::isRegularFile);
    }
}

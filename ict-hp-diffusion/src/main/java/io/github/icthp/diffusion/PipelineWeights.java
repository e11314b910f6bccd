package io.github.icthp.diffusion;

import io.github.icthp.weights.Quantization;
import io.github.icthp.weights.Weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Which files of a pipeline's folder hold its parts' weights.
 *
 * @param folder the pipeline's folder
 * @param variant the variant that is wanted, if any
 * @param parts the parts whose weights are read
 */
record PipelineWeights(Path folder, Optional<String> variant, List<String> parts) {

    /** The parts that have weights, in the order in which they are loaded. */
    static final List<String> PARTS =
            List.of(
                    "text_encoder",
                    "text_encoder_2",
                    "text_encoder_3",
                    "transformer",
                    "unet",
                    "vae");

    /** Finds a part's weights: a file. */
    Path file(String part) {
        Path path = folder.resolve(part);
        return variant.map(name -> Weights.locate(path, name))
                .orElseGet(() -> Weights.locate(path));
    }

    /**
     * Refuses, before anything is loaded, weights that cannot be read because they are quantized,
     * or among which must be chosen. A part without weights is reported when it is needed.
     */
    void check() {
        List<String> there =
                parts.stream().filter(part -> hasWeights(folder.resolve(part))).toList();
        if (variant.isPresent()) {
            requireVariant(variant.get(), there);
        }
        there.forEach(part -> Quantization.refuse(folder.resolve(part), file(part)));
    }

    private void requireVariant(String name, List<String> there) {
        Set<String> found = new TreeSet<>();
        there.forEach(part -> found.addAll(Weights.variants(folder.resolve(part))));
        if (!found.contains(name)) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "DiffusionPipeline: no part of %s has a variant %s; %s",
                            folder,
                            name,
                            found.isEmpty()
                                    ? "its weights have no variants"
                                    : "there are " + found));
        }
    }

    private static boolean hasWeights(Path part) {
        return Files.isDirectory(part)
                && (!Weights.variants(part).isEmpty()
                        || Weights.fileNames().stream()
                                .map(part::resolve)
                                .anyMatch(file -> Files.exists(file, LinkOption.NOFOLLOW_LINKS)));
    }

    /**
     * Copies the pipeline but for some files. Of a part that is taken as a variant, only that is
     * copied, and under the name without one, so that the copy needs no choice.
     */
    void copy(Path target, Predicate<Path> wanted) {
        Map<Path, List<Path>> variants = new LinkedHashMap<>();
        for (String part : parts) {
            if (hasWeights(folder.resolve(part))) {
                Path file = file(part);
                if (!plain(file).equals(file)) {
                    variants.put(folder.resolve(part), Weights.files(file));
                }
            }
        }
        FolderCopy.copy(
                folder,
                target,
                file -> {
                    List<Path> used = variants.get(file.getParent());
                    return wanted.test(file)
                            && (used == null || !isWeights(file) || used.contains(file));
                });
        variants.values().forEach(files -> dropVariant(files.get(0), target));
    }

    /** An index names its shards, whatever they are called. */
    private void dropVariant(Path file, Path target) {
        Path copy = target.resolve(folder.relativize(file).toString());
        try {
            if (Files.exists(copy)) {
                Files.move(copy, plain(copy));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "DiffusionPipeline.save: cannot rename " + copy + " (" + e + ")", e);
        }
    }

    private static Path plain(Path file) {
        return file.resolveSibling(Weights.withoutVariant(file.getFileName().toString()));
    }

    private static boolean isWeights(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".safetensors") || name.endsWith(".bin") || name.contains(".index.");
    }
}

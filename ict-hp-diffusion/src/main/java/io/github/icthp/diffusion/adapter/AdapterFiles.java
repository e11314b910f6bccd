package io.github.icthp.diffusion.adapter;

import io.github.icthp.clip.VisionSource;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsFormatException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Where the files of h94/IP-Adapter lie: adapters in {@code models} and {@code sdxl_models}, each
 * with a folder {@code image_encoder}. Adapters of SDXL that say {@code vit-h} read the features of
 * the encoder in {@code models}.
 */
final class AdapterFiles {

    private static final String ENCODER = "image_encoder";
    private static final List<String> FOLDERS = List.of("models", "sdxl_models");
    private static final List<String> ENDINGS = List.of(".safetensors", ".bin");

    private AdapterFiles() {}

    /**
     * Finds an adapter.
     *
     * @param path its file, or a folder that holds one, itself or in the published folders
     * @throws WeightsFormatException if the folder holds none, or several
     */
    static Path locate(Path path) {
        if (!Files.isDirectory(path)) {
            return Weights.locate(path);
        }
        Map<String, Path> found = new TreeMap<>();
        try (Stream<Path> files = Files.walk(path, 2, FileVisitOption.FOLLOW_LINKS)) {
            files.filter(Files::isRegularFile)
                    .filter(file -> isIn(path, file))
                    .forEach(file -> add(file, found));
        } catch (IOException e) {
            throw new UncheckedIOException("StyleAdapter: cannot list " + path, e);
        }
        if (found.size() != 1) {
            throw new WeightsFormatException(
                    "StyleAdapter: expected one ip-adapter file in "
                            + path
                            + ", got "
                            + (found.isEmpty() ? "none" : found.values())
                            + "; name the file");
        }
        return found.values().iterator().next();
    }

    private static boolean isIn(Path root, Path file) {
        Path folder = file.getParent();
        return root.equals(folder) || FOLDERS.contains(folder.getFileName().toString());
    }

    /** Takes safetensors where an adapter is there in both formats. */
    private static void add(Path file, Map<String, Path> found) {
        String name = file.getFileName().toString();
        for (String ending : ENDINGS) {
            if (name.startsWith("ip-adapter") && name.endsWith(ending)) {
                String stem = name.substring(0, name.length() - ending.length());
                Path other = found.get(file.resolveSibling(stem).toString());
                if (other == null || ending.equals(ENDINGS.get(0))) {
                    found.put(file.resolveSibling(stem).toString(), file);
                }
            }
        }
    }

    /** Finds the image encoder that lies beside an adapter and whose features it reads. */
    static Optional<VisionSource> encoderOf(Path file, AdapterShape shape) {
        Path folder = Objects.requireNonNull(file.toAbsolutePath().normalize().getParent());
        Stream<Path> beside =
                FOLDERS.stream().map(name -> folder.resolveSibling(name).resolve(ENCODER));
        return Stream.concat(Stream.of(folder.resolve(ENCODER)), beside)
                .distinct()
                .filter(AdapterFiles::isThere)
                .map(VisionSource::find)
                .filter(shape::reads)
                .findFirst();
    }

    /** A folder whose weights were not fetched counts as none. */
    private static boolean isThere(Path encoder) {
        return Files.isRegularFile(encoder.resolve("config.json"))
                && Weights.fileNames().stream().map(encoder::resolve).anyMatch(Files::exists);
    }
}

package io.github.icthp.weights;

import java.io.FileNotFoundException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Tells by name and first bytes what kind of file weights are in. */
final class WeightsFiles {

    /** What a folder's weights may be called; the first found is taken. */
    private static final List<String> IN_FOLDER =
            List.of(
                    "model.safetensors",
                    "model.safetensors.index.json",
                    "diffusion_pytorch_model.safetensors",
                    "diffusion_pytorch_model.safetensors.index.json",
                    "pytorch_model.bin",
                    "pytorch_model.bin.index.json");

    private WeightsFiles() {}

    static Weights open(Path path) {
        Path file = Files.isDirectory(path) ? inFolder(path) : path;
        if (!Files.exists(file)) {
            throw new UncheckedIOException(
                    new FileNotFoundException("no weights file or folder at " + file));
        }
        String name = file.getFileName().toString();
        if (name.endsWith(".index.json")) {
            return ShardedWeights.open(file);
        }
        if (name.endsWith(".safetensors")) {
            return SafetensorsReader.open(file);
        }
        throw new WeightsFormatException(
                file + ": expected a .safetensors file or a .index.json of its shards");
    }

    private static Path inFolder(Path folder) {
        return IN_FOLDER.stream()
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(
                        () ->
                                new UncheckedIOException(
                                        new FileNotFoundException(
                                                "no weights in the folder "
                                                        + folder
                                                        + "; looked for "
                                                        + IN_FOLDER)));
    }
}

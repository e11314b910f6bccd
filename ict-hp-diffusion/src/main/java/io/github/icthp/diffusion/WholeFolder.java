package io.github.icthp.diffusion;

import com.google.common.base.Preconditions;

import io.github.icthp.files.DurableFiles;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Folders that are either wholly there or not at all. */
final class WholeFolder {

    private WholeFolder() {}

    /**
     * Writes a folder beside its place first, then moves it there.
     *
     * @param folder a folder that is not there yet, or empty
     * @param content fills the folder that it is given
     */
    static void write(Path folder, Consumer<Path> content) {
        Path place = place(folder);
        try {
            requireEmpty(place);
            DurableFiles.writeFolder(place, content::accept);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "DiffusionPipeline.save: cannot write " + folder + " (" + e + ")", e);
        }
    }

    /** A link to a folder stands for that folder, which may lie on another disk. */
    private static Path place(Path folder) {
        try {
            return Files.isDirectory(folder)
                    ? folder.toRealPath()
                    : folder.toAbsolutePath().normalize();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "DiffusionPipeline.save: cannot write " + folder + " (" + e + ")", e);
        }
    }

    private static void requireEmpty(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> there = Files.list(folder)) {
                Preconditions.checkState(
                        there.findAny().isEmpty(),
                        "DiffusionPipeline.save: %s is not empty; name another folder",
                        folder);
            }
        }
    }
}

package io.github.icthp.diffusion;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Copies folders. */
final class FolderCopy {

    private FolderCopy() {}

    /** Copies those files of a folder that are wanted; links are followed. */
    static void copy(Path source, Path target, Predicate<Path> wanted) {
        try {
            Files.createDirectories(target);
            for (Path file : files(source)) {
                if (wanted.test(file)) {
                    Path copy = target.resolve(source.relativize(file).toString());
                    Files.createDirectories(copy.getParent());
                    Files.copy(file, copy);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "DiffusionPipeline.save: cannot copy "
                            + source
                            + " to "
                            + target
                            + " ("
                            + e
                            + ")",
                    e);
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.filter(Files::isRegularFile).toList();
        }
    }
}

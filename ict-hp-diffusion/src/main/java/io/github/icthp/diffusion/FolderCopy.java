package io.github.icthp.diffusion;

import io.github.icthp.files.FolderFiles;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;

/** Copies folders. */
final class FolderCopy {

    private FolderCopy() {}

    /** Copies those files of a folder that are wanted; links are followed. */
    static void copy(Path source, Path target, Predicate<Path> wanted) {
        try {
            FolderFiles.make(target);
            for (Path file : FolderFiles.below(source)) {
                if (wanted.test(file)) {
                    Path copy = target.resolve(source.relativize(file).toString());
                    FolderFiles.make(copy.getParent());
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
}

package io.github.icthp.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Folders of models and runs, looked into through symbolic links as Python's libraries do. */
public final class FolderFiles {

    private FolderFiles() {}

    /**
     * Lists the files below a folder, which may itself be a symbolic link.
     *
     * @param folder the folder
     * @return all regular files, those in linked folders included, in the order of their paths
     * @throws UncheckedIOException if the folder cannot be read, or a link below it leads to a
     *     folder that it lies in, or to nothing
     */
    public static List<Path> below(Path folder) {
        try (Stream<Path> walk = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
            return walk.peek(FolderFiles::requireThere)
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause() instanceof FileSystemLoopException loop ? endless(folder, loop) : e;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list the folder " + folder + " (" + e + ")", e);
        }
    }

    private static UncheckedIOException endless(Path folder, FileSystemLoopException loop) {
        Path link = Path.of(loop.getFile());
        while (!Files.isSymbolicLink(link) && !link.equals(folder) && link.getParent() != null) {
            link = link.getParent();
        }
        return new UncheckedIOException(
                "cannot list the folder "
                        + folder
                        + ": "
                        + link
                        + " is a link to a folder that it lies in. Remove the link",
                loop);
    }

    private static void requireThere(Path file) {
        brokenLink(file)
                .ifPresent(
                        problem -> {
                            throw missing(problem + ". Restore what it points to, or remove it");
                        });
    }

    static UncheckedIOException missing(String message) {
        return new UncheckedIOException(message, new NoSuchFileException(message));
    }

    /**
     * Makes a folder and those around it, unless it is there already, itself or as a link: some
     * Java versions' {@link Files#createDirectories} refuses a link to a folder.
     *
     * @param folder the folder
     * @return the folder
     * @throws IOException if it cannot be made, or a file stands in its place
     */
    public static Path make(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return folder;
        }
        try {
            return Files.createDirectories(folder);
        } catch (FileAlreadyExistsException e) {
            if (Files.isDirectory(folder)) {
                return folder;
            }
            throw new FileAlreadyExistsException(
                    e.getFile(), null, "expected a folder, found a file; name another folder");
        }
    }

    /**
     * Finds a file that lies beside weights.
     *
     * @param weights a file of weights, or the folder that it lies in
     * @param name the other file's name
     * @return the other file, which need not be there
     */
    public static Path beside(Path weights, String name) {
        return Files.isDirectory(weights) ? weights.resolve(name) : weights.resolveSibling(name);
    }

    /**
     * Explains why a path that is named leads nowhere, if that is because of a symbolic link.
     *
     * @param path a file or folder
     * @return the link, at this path or above it, and where it points to; empty if there is no such
     *     link
     */
    public static Optional<String> brokenLink(Path path) {
        for (Path part = path; part != null; part = part.getParent()) {
            if (Files.exists(part)) {
                return Optional.empty();
            }
            if (Files.exists(part, LinkOption.NOFOLLOW_LINKS)) {
                return Optional.of(part + " is a dangling link to " + target(part));
            }
        }
        return Optional.empty();
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link) + reason(link);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the link " + link, e);
        }
    }

    private static String reason(Path link) {
        try {
            return " (" + link.toRealPath() + ")";
        } catch (NoSuchFileException e) {
            return ", which is not there";
        } catch (IOException e) {
            return ", which leads nowhere (" + e.getMessage() + ")";
        }
    }
}

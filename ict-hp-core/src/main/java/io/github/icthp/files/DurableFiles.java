package io.github.icthp.files;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Files that are either wholly there, on the disk itself, or not at all. */
public final class DurableFiles {

    /** Marks what a killed process may have left unfinished. */
    public static final String UNFINISHED = ".unfinished";

    private DurableFiles() {}

    /**
     * Replaces a file's content in one step.
     *
     * @param file the file; its folder must exist
     * @param content the new content, written as UTF-8
     * @throws IOException if it cannot be written; the file is then as it was
     */
    public static void write(Path file, String content) throws IOException {
        write(file, content.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Replaces a file's content in one step.
     *
     * @param file the file; its folder must exist
     * @param content the new content
     * @throws IOException if it cannot be written; the file is then as it was
     */
    public static void write(Path file, byte[] content) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + UNFINISHED);
        try {
            Files.write(unfinished, content);
            sync(unfinished);
            publish(unfinished, file);
        } catch (IOException e) {
            deleteQuietly(unfinished, e);
            throw e;
        }
    }

    /**
     * Gives a finished file or folder its name, for good.
     *
     * @param unfinished what was written
     * @param name the name; a file of that name is replaced
     * @throws IOException if it cannot be moved
     */
    public static void publish(Path unfinished, Path name) throws IOException {
        Files.move(unfinished, name, StandardCopyOption.ATOMIC_MOVE);
        syncFolder(name.toAbsolutePath().getParent());
    }

    /** Waits until a file's content is on the disk. */
    static void sync(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /**
     * Waits until a folder's names are on the disk, where the system can be asked to.
     *
     * @param folder the folder
     * @throws IOException if the system reports a failure
     */
    public static void syncFolder(Path folder) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(folder, StandardOpenOption.READ);
        } catch (IOException e) {
            // Windows opens no folders; its moves are durable by themselves.
            return;
        }
        try (channel) {
            channel.force(true);
        }
    }

    /**
     * Deletes a file or folder that may not exist.
     *
     * @param path the file, or the folder with all that is in it
     * @throws IOException if it cannot be deleted
     */
    public static void delete(Path path) throws IOException {
        if (Files.exists(path)) {
            MoreFiles.deleteRecursively(path, RecursiveDeleteOption.ALLOW_INSECURE);
        }
    }

    /**
     * Deletes because of a failure.
     *
     * @param path what may not exist
     * @param failure keeps what deleting threw
     */
    public static void deleteQuietly(Path path, Throwable failure) {
        try {
            delete(path);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}

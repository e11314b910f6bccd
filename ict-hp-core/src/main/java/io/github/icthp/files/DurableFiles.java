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

    /** Fills a file or folder that has another name meanwhile. */
    @FunctionalInterface
    public interface Content {

        /**
         * Writes all of it.
         *
         * @param unfinished the file, which need not be there, or the folder, which is
         * @throws IOException if it cannot be written
         */
        void writeTo(Path unfinished) throws IOException;
    }

    /**
     * Replaces a file in one step: it is written beside its place, forced to the disk and moved.
     *
     * @param file the file; its folder is made if it is not there
     * @param content writes the new content
     * @throws IOException if it cannot be written; the file is then as it was
     */
    public static void write(Path file, Content content) throws IOException {
        FolderFiles.make(file.toAbsolutePath().getParent());
        write(file, file.resolveSibling(file.getFileName() + UNFINISHED), content);
    }

    /**
     * Replaces a file in one step, as several processes may do at a time.
     *
     * @param file the file; its folder is made if it is not there
     * @param content writes the new content
     * @throws IOException if it cannot be written; the file is then as it was
     */
    public static void writeShared(Path file, Content content) throws IOException {
        Path folder = FolderFiles.make(file.toAbsolutePath().getParent());
        write(file, Files.createTempFile(folder, "." + file.getFileName(), UNFINISHED), content);
    }

    private static void write(Path file, Path unfinished, Content content) throws IOException {
        try {
            content.writeTo(unfinished);
            publish(unfinished, file);
        } catch (IOException | RuntimeException | Error e) {
            deleteQuietly(unfinished, e);
            throw e;
        }
    }

    /**
     * Replaces a folder in one step: it is filled beside its place and moved.
     *
     * @param folder the folder; an earlier one of its name is deleted
     * @param content fills the new one with files that are forced to the disk
     * @throws IOException if it cannot be written; the folder is then as it was
     */
    public static void writeFolder(Path folder, Content content) throws IOException {
        Path unfinished = folder.resolveSibling(folder.getFileName() + UNFINISHED);
        try {
            delete(unfinished);
            FolderFiles.make(unfinished);
            content.writeTo(unfinished);
            delete(folder);
            publish(unfinished, folder);
        } catch (IOException | RuntimeException | Error e) {
            deleteQuietly(unfinished, e);
            throw e;
        }
    }

    /**
     * Replaces a file's content in one step.
     *
     * @param file the file; its folder is made if it is not there
     * @param content the new content, written as UTF-8
     * @throws IOException if it cannot be written; the file is then as it was
     */
    public static void write(Path file, String content) throws IOException {
        write(file, content.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Replaces a file's content in one step.
     *
     * @param file the file; its folder is made if it is not there
     * @param content the new content
     * @throws IOException if it cannot be written; the file is then as it was
     */
    public static void write(Path file, byte[] content) throws IOException {
        write(file, unfinished -> Files.write(unfinished, content));
    }

    /**
     * Gives a finished file or folder its name, for good. A file is forced to the disk first; those
     * of a folder must be there already.
     *
     * @param unfinished what was written
     * @param name the name; a file of that name is replaced
     * @throws IOException if it cannot be moved
     */
    public static void publish(Path unfinished, Path name) throws IOException {
        if (Files.isDirectory(unfinished)) {
            syncFolder(unfinished);
        } else {
            sync(unfinished);
        }
        Files.move(unfinished, name, StandardCopyOption.ATOMIC_MOVE);
        syncFolder(name.toAbsolutePath().getParent());
    }

    /** Waits until a file's content is on the disk. */
    private static void sync(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** Waits until a folder's names are on the disk, where the system can be asked to. */
    private static void syncFolder(Path folder) throws IOException {
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

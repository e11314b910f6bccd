package io.github.icthp.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files that live as long as they are used, in the system's folder for temporary files. */
public final class TemporaryFiles {

    private TemporaryFiles() {}

    /**
     * Creates an empty folder.
     *
     * @param prefix what its name begins with
     * @return the folder, to be deleted by the caller
     * @throws TemporaryFolderException if it cannot be made
     */
    public static Path folder(String prefix) {
        try {
            return Files.createTempDirectory(prefix);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /**
     * Creates an empty file.
     *
     * @param prefix what its name begins with
     * @param suffix what its name ends with
     * @return the file, to be deleted by the caller
     * @throws TemporaryFolderException if it cannot be made
     */
    public static Path file(String prefix, String suffix) {
        try {
            return Files.createTempFile(prefix, suffix);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /**
     * Says that the temporary folder cannot be used, and how to name another.
     *
     * @param cause what failed
     * @return the exception to throw
     */
    public static TemporaryFolderException failure(IOException cause) {
        Path folder = Path.of(System.getProperty("java.io.tmpdir"));
        String why = Files.isDirectory(folder) ? cause.toString() : "there is no such folder";
        return new TemporaryFolderException(
                "cannot write to the folder for temporary files, "
                        + folder
                        + " ("
                        + why
                        + "); name another with -Djava.io.tmpdir=FOLDER",
                cause);
    }
}

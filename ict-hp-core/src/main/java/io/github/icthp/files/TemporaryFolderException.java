package io.github.icthp.files;

import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Thrown when the system's folder for temporary files is not there, or cannot be written. The
 * message names it, and how to name another.
 */
public final class TemporaryFolderException extends UncheckedIOException {

    private static final long serialVersionUID = 1L;

    TemporaryFolderException(String message, IOException cause) {
        super(message, cause);
    }
}

package io.github.icthp.examples.console;

import io.github.icthp.image.ImageDecodeException;
import io.github.icthp.torch.NativeLibraryException;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;

/** Failures in words for people. */
public final class Messages {

    private static final String NO_SPACE = "No space left on device";

    private Messages() {}

    /** Returns what a failure says, or its kind if it says nothing. */
    public static String of(Throwable failure) {
        Optional<String> exhausted = Exhausted.of(failure);
        if (exhausted.isPresent() && !(failure instanceof NativeLibraryException)) {
            return exhausted.get();
        }
        if (failure instanceof FileSystemException file && file.getReason() == null) {
            return file.getMessage() + trouble(file);
        }
        if (failure instanceof ImageDecodeException
                && failure.getCause() instanceof UnusableException row) {
            return row.getMessage(); // a row that names no picture: nothing was decoded
        }
        String message = failure.getMessage();
        if (NO_SPACE.equals(message)) {
            return "the disk is full ("
                    + NO_SPACE
                    + "): make room where the command writes, or name another place";
        }
        return message == null || message.isBlank() ? failure.toString() : message;
    }

    /** What is wrong with a file of which the system gives no more than the name. */
    private static String trouble(FileSystemException failure) {
        if (failure instanceof NoSuchFileException) {
            return " does not exist";
        }
        if (failure instanceof AccessDeniedException) {
            return ": permission denied; allow it, or name another place";
        }
        if (failure instanceof FileAlreadyExistsException) {
            return " is there already";
        }
        if (failure instanceof NotDirectoryException) {
            return " is not a folder";
        }
        return " could not be used (" + failure.getClass().getSimpleName() + ")";
    }
}

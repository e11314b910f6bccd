package io.github.icthp.examples;

import java.nio.file.NoSuchFileException;

/** Failures in words for people. */
final class Messages {

    private Messages() {}

    /** Returns what a failure says, or its kind if it says nothing. */
    static String of(Throwable failure) {
        if (failure instanceof NoSuchFileException) {
            return failure.getMessage() + " does not exist";
        }
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.toString() : message;
    }
}

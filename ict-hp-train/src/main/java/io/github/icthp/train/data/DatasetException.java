package io.github.icthp.train.data;

import org.jspecify.annotations.Nullable;

/**
 * A data set's file cannot be used: wrong format, wrong columns, or content that is not allowed.
 */
public class DatasetException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Makes an exception.
     *
     * @param message the operation, what was expected, what was found, and what to do next
     */
    public DatasetException(String message) {
        this(message, null);
    }

    /**
     * Makes an exception with a cause.
     *
     * @param message the operation, what was expected, what was found, and what to do next
     * @param cause what went wrong underneath, or null
     */
    public DatasetException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

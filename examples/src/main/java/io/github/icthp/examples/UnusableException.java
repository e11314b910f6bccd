package io.github.icthp.examples;

/** What the command names cannot be used: nothing was scored. */
final class UnusableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    UnusableException(String message) {
        super(message);
    }

    UnusableException(Exception cause) {
        super(Messages.of(cause), cause);
    }
}

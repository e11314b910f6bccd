package io.github.icthp.examples.console;

/** What the command names cannot be used: nothing was scored. */
public final class UnusableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public UnusableException(String message) {
        super(message);
    }

    public UnusableException(Exception cause) {
        super(Messages.of(cause), cause);
    }
}

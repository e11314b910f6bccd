package io.github.icthp.weights.pickle;

/** Thrown when a pickle is damaged, asks for a name that is not allowed, or misuses one that is. */
public class PickleFormatException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message what was expected and what was found
     */
    public PickleFormatException(String message) {
        super(message);
    }

    /**
     * Creates the exception with the failure that revealed the damage.
     *
     * @param message what was expected and what was found
     * @param cause the underlying failure
     */
    public PickleFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}

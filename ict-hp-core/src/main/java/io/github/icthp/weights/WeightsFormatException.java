package io.github.icthp.weights;

/**
 * Thrown when a weights file breaks its format: damaged, cut off, hostile, or of another kind than
 * its name says. The message names the file and what was expected and found.
 */
public class WeightsFormatException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message the file, what was expected, what was found, and what to do
     */
    public WeightsFormatException(String message) {
        super(message);
    }

    /**
     * Creates the exception with the failure that revealed the damage.
     *
     * @param message the file, what was expected, what was found, and what to do
     * @param cause the underlying failure
     */
    public WeightsFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}

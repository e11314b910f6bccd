package io.github.icthp.tokenizer;

/** A tokenizer's files are missing, damaged, or not those of a CLIP tokenizer. */
public final class TokenizerFormatException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Describes what is wrong.
     *
     * @param message the file, what was expected and what was found
     */
    public TokenizerFormatException(String message) {
        super(message);
    }

    /**
     * Describes what is wrong, and what noticed it.
     *
     * @param message the file, what was expected and what was found
     * @param cause the error underneath
     */
    public TokenizerFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}

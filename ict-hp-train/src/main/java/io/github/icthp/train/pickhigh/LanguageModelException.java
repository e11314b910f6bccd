package io.github.icthp.train.pickhigh;

/** A request that a language model did not answer. */
public final class LanguageModelException extends Exception {

    private static final long serialVersionUID = 1;

    /** What follows from a failure. */
    public enum Kind {
        /** Asking again later may help: too many requests, a server's error, half an answer. */
        TRANSIENT,
        /** This request will never be answered, others may be. */
        REQUEST,
        /** No request will be answered: a wrong key, a model that does not exist. */
        EVERY_REQUEST
    }

    /** What follows from this failure. */
    private final Kind kind;

    /**
     * Makes an exception. It has no cause: those of HTTP clients may hold headers, and with them
     * keys.
     *
     * @param kind what follows
     * @param message what went wrong, without any secret
     */
    public LanguageModelException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /**
     * Returns what follows from this failure.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }
}

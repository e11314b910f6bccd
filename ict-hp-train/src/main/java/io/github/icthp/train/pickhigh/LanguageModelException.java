package io.github.icthp.train.pickhigh;

import java.time.Duration;

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

    /** How long the server asks to wait; 0 if it does not. */
    private final Duration retryAfter;

    /**
     * Makes an exception. It has no cause: those of HTTP clients may hold headers, and with them
     * keys.
     *
     * @param kind what follows
     * @param message what went wrong, without any secret
     */
    public LanguageModelException(Kind kind, String message) {
        this(kind, message, Duration.ZERO);
    }

    /**
     * Makes an exception of a server that says when to ask again.
     *
     * @param kind what follows
     * @param message what went wrong, without any secret
     * @param retryAfter how long the server asks to wait; 0 if it does not. The build waits so
     *     long, within a bound, before it asks again
     */
    public LanguageModelException(Kind kind, String message, Duration retryAfter) {
        super(message);
        this.kind = kind;
        this.retryAfter = retryAfter;
    }

    /**
     * Returns what follows from this failure.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }

    /**
     * Returns how long the server asks to wait.
     *
     * @return the wait; 0 if it does not ask
     */
    public Duration retryAfter() {
        return retryAfter;
    }
}

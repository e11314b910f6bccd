package io.github.icthp.weights.hub;

/** Thrown when a model of the hub cannot be had. The message says what to do. */
public class HubException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Why a model cannot be had. */
    public enum Reason {
        /** It is not in the cache, and downloads are not allowed. */
        OFFLINE,
        /** The hub has no such model, revision or file. */
        NOT_FOUND,
        /** The hub asks for a token, or the token has no access. */
        NOT_ALLOWED,
        /** The hub cannot be reached, or broke off. */
        UNREACHABLE,
        /** The hub's answer makes no sense, or what arrived is not what was announced. */
        DAMAGED
    }

    /** Why, for programs. */
    private final Reason reason;

    /**
     * Creates the exception.
     *
     * @param reason why, for programs
     * @param message why and what to do, for people
     */
    public HubException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /**
     * Creates the exception with the failure behind it.
     *
     * @param reason why, for programs
     * @param message why and what to do, for people
     * @param cause the underlying failure
     */
    public HubException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /**
     * Returns why the model cannot be had.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }
}

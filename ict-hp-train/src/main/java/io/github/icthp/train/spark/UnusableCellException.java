package io.github.icthp.train.spark;

/** A row has no prompt or no image. */
final class UnusableCellException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    UnusableCellException(String message) {
        super(message);
    }
}

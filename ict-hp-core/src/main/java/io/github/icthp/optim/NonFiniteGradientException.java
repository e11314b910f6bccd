package io.github.icthp.optim;

/**
 * Thrown when a step's gradients are not finite: the run has diverged. Nothing was moved; the
 * message names the step and its inputs.
 */
public final class NonFiniteGradientException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    NonFiniteGradientException(String message) {
        super(message);
    }
}

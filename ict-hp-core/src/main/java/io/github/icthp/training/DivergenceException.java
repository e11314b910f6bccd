package io.github.icthp.training;

import java.util.Locale;

/**
 * Thrown when a loss, reward or gradient of a training run is not finite. Nothing was moved by the
 * step; the message names it and its inputs.
 */
public final class DivergenceException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param what the quantity, for example {@code loss}
     * @param value its value
     * @param step the optimizer step, from 0
     * @param inputs the step's inputs: rows, prompts and seeds
     */
    public DivergenceException(String what, double value, long step, String inputs) {
        super(
                String.format(
                        Locale.ROOT,
                        "the %s of step %d is %s on %s; nothing was moved. Look at these inputs, or lower the learning rate",
                        what,
                        step,
                        value,
                        inputs));
    }
}

package io.github.icthp.training;

import com.google.common.base.Preconditions;

import io.github.icthp.torch.DType;

/**
 * Dynamic loss scaling for float16, whose small gradients would vanish: the loss is multiplied by a
 * scale, and the gradients divided by it before they are used.
 *
 * <p>When scaled gradients overflow, the step is skipped and counted, and the scale halved; after
 * {@value #GROWTH_INTERVAL} good steps it is doubled (the settings of torch.amp.GradScaler).
 */
public final class LossScaler {

    private static final double INITIAL = 65_536;
    private static final int GROWTH_INTERVAL = 2_000;
    private static final double SMALLEST = Math.scalb(1.0, -24);

    private final boolean dynamic;
    private State state;

    /**
     * All that a scaler remembers, for checkpoints.
     *
     * @param scale what losses are multiplied by
     * @param goodSteps steps since the scale last changed
     * @param skipped steps skipped in all
     */
    public record State(double scale, int goodSteps, long skipped) {

        /**
         * Checks the values.
         *
         * @param scale what losses are multiplied by
         * @param goodSteps steps since the scale last changed
         * @param skipped steps skipped in all
         * @throws IllegalArgumentException if the scale is not a positive number
         */
        public State {
            Preconditions.checkArgument(
                    scale > 0 && Double.isFinite(scale),
                    "LossScaler: the scale must be positive and finite, got %s",
                    scale);
        }
    }

    private LossScaler(boolean dynamic, double scale) {
        this.dynamic = dynamic;
        this.state = new State(scale, 0, 0);
    }

    /**
     * Returns a scaler for float32 and bfloat16: the scale is 1, and no step is ever skipped.
     *
     * @return the scaler
     */
    public static LossScaler none() {
        return new LossScaler(false, 1);
    }

    /**
     * Returns a scaler for float16, beginning at 65,536.
     *
     * @return the scaler
     */
    public static LossScaler dynamic() {
        return new LossScaler(true, INITIAL);
    }

    /**
     * Returns the scaler for a type that a model computes in.
     *
     * @param type the type
     * @return a dynamic scaler for float16, and none for others
     */
    public static LossScaler of(DType type) {
        return type == DType.FLOAT16 ? dynamic() : none();
    }

    /**
     * Says whether the scale changes.
     *
     * @return true for float16
     */
    public boolean isDynamic() {
        return dynamic;
    }

    /**
     * Returns what to multiply the loss by, and to divide its gradients by.
     *
     * @return the present scale
     */
    public double scale() {
        return state.scale;
    }

    /**
     * Returns how many steps were skipped.
     *
     * @return skipped steps since the run began
     */
    public long skipped() {
        return state.skipped;
    }

    /**
     * Takes note of a step's gradients.
     *
     * @param finite whether they were all finite
     * @return true if the step is to be skipped
     */
    public boolean skip(boolean finite) {
        if (!dynamic) {
            return false;
        }
        if (!finite) {
            state = new State(Math.max(SMALLEST, state.scale / 2), 0, state.skipped + 1);
        } else if (state.goodSteps + 1 == GROWTH_INTERVAL) {
            state = new State(state.scale * 2, 0, state.skipped);
        } else {
            state = new State(state.scale, state.goodSteps + 1, state.skipped);
        }
        return !finite;
    }

    /**
     * Returns all that this scaler remembers.
     *
     * @return its state
     */
    public State state() {
        return state;
    }

    /**
     * Goes on from a state.
     *
     * @param saved what {@link #state} returned
     */
    public void restore(State saved) {
        state = saved;
    }
}

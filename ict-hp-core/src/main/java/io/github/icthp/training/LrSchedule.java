package io.github.icthp.training;

import com.google.common.base.Preconditions;

/**
 * The learning rate of every optimizer step: a linear warm-up from zero, then a shape.
 *
 * <p>A pure function of the step's number, so that a resumed run needs no state. Steps count from
 * 0, and with a warm-up the rate of step 0 is 0: that step moves nothing, though the moments move
 * (as transformers' {@code get_constant_schedule_with_warmup} and its linear and cosine
 * companions).
 *
 * @param shape how the rate goes on after the warm-up
 * @param peak the rate at the end of the warm-up
 * @param warmUp steps until the peak, 0 for none
 * @param total steps until the rate is 0; not used by {@link Shape#CONSTANT}
 */
public record LrSchedule(Shape shape, double peak, long warmUp, long total) {

    /** How a rate goes on after the warm-up. */
    public enum Shape {
        /** The peak for ever. */
        CONSTANT {
            @Override
            double factor(double progress) {
                return 1;
            }
        },
        /** A straight line to 0. */
        LINEAR {
            @Override
            double factor(double progress) {
                return Math.max(0, 1 - progress);
            }
        },
        /** Half a cosine wave to 0. */
        COSINE {
            @Override
            double factor(double progress) {
                return (1 + Math.cos(Math.PI * Math.min(1, progress))) / 2;
            }
        };

        /**
         * The share of the peak; progress is 0 at the end of the warm-up and 1 at the last step.
         */
        abstract double factor(double progress);
    }

    /**
     * Checks the settings.
     *
     * @param shape how the rate goes on after the warm-up
     * @param peak the rate at the end of the warm-up
     * @param warmUp steps until the peak, 0 for none
     * @param total steps until the rate is 0
     * @throws IllegalArgumentException if the peak is negative or not finite, a number of steps is
     *     negative, or the shape ends before its warm-up does
     */
    public LrSchedule {
        Preconditions.checkArgument(
                peak >= 0 && Double.isFinite(peak),
                "LrSchedule: the peak rate must be finite and at least 0, got %s",
                peak);
        Preconditions.checkArgument(
                warmUp >= 0, "LrSchedule: warm-up steps must be at least 0, got %s", warmUp);
        Preconditions.checkArgument(
                shape == Shape.CONSTANT || total > warmUp,
                "LrSchedule: a %s rate needs more steps in all than the %s of its warm-up, got %s",
                shape,
                warmUp,
                total);
    }

    /**
     * Returns a rate that stays at its peak.
     *
     * @param peak the rate
     * @param warmUp steps until the peak, 0 for none
     * @return the schedule
     */
    public static LrSchedule constant(double peak, long warmUp) {
        return new LrSchedule(Shape.CONSTANT, peak, warmUp, 0);
    }

    /**
     * Returns a rate that falls to 0 in a straight line.
     *
     * @param peak the rate at the end of the warm-up
     * @param warmUp steps until the peak, 0 for none
     * @param total steps until the rate is 0
     * @return the schedule
     */
    public static LrSchedule linear(double peak, long warmUp, long total) {
        return new LrSchedule(Shape.LINEAR, peak, warmUp, total);
    }

    /**
     * Returns a rate that falls to 0 along half a cosine wave.
     *
     * @param peak the rate at the end of the warm-up
     * @param warmUp steps until the peak, 0 for none
     * @param total steps until the rate is 0
     * @return the schedule
     */
    public static LrSchedule cosine(double peak, long warmUp, long total) {
        return new LrSchedule(Shape.COSINE, peak, warmUp, total);
    }

    /**
     * Returns a step's learning rate.
     *
     * @param step the optimizer step, counted from 0
     * @return its rate, at least 0
     */
    public double rate(long step) {
        if (step < warmUp) {
            return peak * step / warmUp;
        }
        double progress = shape == Shape.CONSTANT ? 0 : (double) (step - warmUp) / (total - warmUp);
        return peak * shape.factor(progress);
    }
}

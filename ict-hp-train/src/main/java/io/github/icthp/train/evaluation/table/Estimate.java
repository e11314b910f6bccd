package io.github.icthp.train.evaluation.table;

import com.google.common.math.Quantiles;

import java.util.Map;

/**
 * A mean over prompts and how sure it is.
 *
 * @param value the mean
 * @param low the lower end of the 95 % interval
 * @param high the upper end of the 95 % interval
 * @param prompts how many prompts it is over
 */
public record Estimate(double value, double low, double high, int prompts) {

    /** The ends of the interval, in fortieths. */
    private static final int LOWER = 1;

    private static final int UPPER = 39;
    private static final int SCALE = 40;

    /**
     * Takes the percentiles of what was drawn as the 95 % interval.
     *
     * @param value the mean
     * @param drawn means of prompts that were drawn again, at least one, in any order
     * @param prompts how many prompts it is over
     * @return the estimate
     */
    public static Estimate of(double value, double[] drawn, int prompts) {
        Map<Integer, Double> ends = Quantiles.scale(SCALE).indexes(LOWER, UPPER).compute(drawn);
        return new Estimate(value, ends.get(LOWER), ends.get(UPPER), prompts);
    }

    /**
     * Says whether the interval leaves out a value, such as 0 for a difference.
     *
     * @param other the value
     * @return whether it lies outside
     */
    public boolean excludes(double other) {
        return other < low || other > high;
    }
}

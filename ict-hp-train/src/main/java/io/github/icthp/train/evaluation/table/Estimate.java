package io.github.icthp.train.evaluation.table;

import java.util.Arrays;

/**
 * A mean over prompts and how sure it is.
 *
 * @param value the mean
 * @param low the lower end of the 95 % interval
 * @param high the upper end of the 95 % interval
 * @param prompts how many prompts it is over
 */
public record Estimate(double value, double low, double high, int prompts) {

    private static final double LOWER = 0.025;
    private static final double UPPER = 0.975;

    /**
     * Takes the percentiles of what was drawn as the 95 % interval.
     *
     * @param value the mean
     * @param drawn means of prompts that were drawn again, at least one, in any order
     * @param prompts how many prompts it is over
     * @return the estimate
     */
    public static Estimate of(double value, double[] drawn, int prompts) {
        double[] sorted = drawn.clone();
        Arrays.sort(sorted);
        return new Estimate(value, quantile(sorted, LOWER), quantile(sorted, UPPER), prompts);
    }

    /** Linear between neighbors. */
    private static double quantile(double[] sorted, double share) {
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
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

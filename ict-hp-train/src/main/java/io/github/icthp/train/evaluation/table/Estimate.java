package io.github.icthp.train.evaluation.table;

/**
 * A mean over prompts and how sure it is.
 *
 * @param value the mean
 * @param low the lower end of the 95 % interval
 * @param high the upper end of the 95 % interval
 * @param prompts how many prompts it is over
 */
public record Estimate(double value, double low, double high, int prompts) {

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

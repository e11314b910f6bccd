package io.github.icthp.train.evaluation;

/** Quantiles of sorted values, linear between neighbors. */
final class Quantiles {

    private Quantiles() {}

    /** Returns the value below which a share of the values lies. */
    static double of(double[] sorted, double share) {
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}

package io.github.icthp.train.evaluation.table;

import io.github.icthp.training.Seeds;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Percentile intervals of means: as many prompts are drawn again and again, each time any of them
 * with equal chance. Statistics over the same number of prompts use the same draws.
 *
 * @param resamples how often
 * @param seed of the draws
 */
record Bootstrap(int resamples, long seed) {

    private static final double LOWER = 0.025;
    private static final double UPPER = 0.975;

    /** Estimates the mean of at least one number. */
    Estimate mean(double[] values) {
        double[] drawn =
                IntStream.range(0, resamples)
                        .parallel()
                        .mapToDouble(r -> draw(values, Seeds.random(seed, r, "bootstrap")))
                        .sorted()
                        .toArray();
        double mean = Arrays.stream(values).sum() / values.length;
        return new Estimate(mean, quantile(drawn, LOWER), quantile(drawn, UPPER), values.length);
    }

    private static double draw(double[] values, SplittableRandom random) {
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += values[random.nextInt(values.length)];
        }
        return sum / values.length;
    }

    /** Linear between neighbors. */
    private static double quantile(double[] sorted, double share) {
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}

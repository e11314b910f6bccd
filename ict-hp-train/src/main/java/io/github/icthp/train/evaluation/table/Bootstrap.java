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

    /** Estimates the mean of at least one number. */
    Estimate mean(double[] values) {
        double[] drawn =
                IntStream.range(0, resamples)
                        .parallel()
                        .mapToDouble(r -> draw(values, Seeds.random(seed, r, "bootstrap")))
                        .toArray();
        double mean = Arrays.stream(values).sum() / values.length;
        return Estimate.of(mean, drawn, values.length);
    }

    private static double draw(double[] values, SplittableRandom random) {
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += values[random.nextInt(values.length)];
        }
        return sum / values.length;
    }
}

package io.github.icthp.train.evaluation;

import com.google.common.math.Quantiles;
import com.google.common.math.Stats;
import com.google.common.primitives.ImmutableDoubleArray;

import java.util.Arrays;

/**
 * The scores of the images of one rank, with the easy prompt.
 *
 * @param mean their mean
 * @param deviation their standard deviation, 0 for a single score
 * @param least the least
 * @param median the median
 * @param greatest the greatest
 */
public record ScoreSummary(
        double mean, double deviation, double least, double median, double greatest) {

    static ScoreSummary of(ImmutableDoubleArray scores) {
        double[] sorted = scores.toArray();
        Arrays.sort(sorted);
        Stats stats = Stats.of(sorted);
        return new ScoreSummary(
                stats.mean(),
                stats.count() > 1 ? stats.sampleStandardDeviation() : 0,
                sorted[0],
                Quantiles.median().compute(sorted),
                sorted[sorted.length - 1]);
    }
}

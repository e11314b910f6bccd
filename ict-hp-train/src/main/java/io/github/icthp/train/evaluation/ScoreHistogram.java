package io.github.icthp.train.evaluation;

import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;

import java.util.List;

/**
 * How the scores of I1, I2 and I3 are spread, with the easy prompt, over bins of equal width.
 *
 * @param low where the first bin begins
 * @param high where the last bin ends; it belongs to that bin
 * @param counts for I1, I2 and I3 the number of scores in each bin
 */
public record ScoreHistogram(double low, double high, List<ImmutableLongArray> counts) {

    private static final int BINS = 32;

    /**
     * Copies the counts.
     *
     * @param low where the first bin begins
     * @param high where the last bin ends
     * @param counts for each rank the number of scores in each bin
     */
    public ScoreHistogram {
        counts = List.copyOf(counts);
    }

    static ScoreHistogram of(List<ImmutableDoubleArray> ranks) {
        double least = ranks.stream().flatMapToDouble(ImmutableDoubleArray::stream).min().orElse(0);
        double most = ranks.stream().flatMapToDouble(ImmutableDoubleArray::stream).max().orElse(0);
        double room = least < most ? 0 : Math.max(Math.abs(least), 1e-3) / 2;
        double low = least - room;
        double high = most + room;
        return new ScoreHistogram(
                low, high, ranks.stream().map(scores -> count(scores, low, high)).toList());
    }

    private static ImmutableLongArray count(ImmutableDoubleArray scores, double low, double high) {
        long[] bins = new long[BINS];
        scores.stream()
                .mapToInt(s -> Math.min(BINS - 1, (int) ((s - low) / (high - low) * BINS)))
                .forEach(bin -> bins[bin]++);
        return ImmutableLongArray.copyOf(bins);
    }
}

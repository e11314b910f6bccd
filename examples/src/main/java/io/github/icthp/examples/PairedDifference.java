package io.github.icthp.examples;

import com.google.common.base.Preconditions;

import io.github.icthp.run.Seeds;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * How much better one thing is than another, measured in pairs that share everything else.
 *
 * @param before mean of the first
 * @param after mean of the second
 * @param low lower end of the 95 % interval of the mean difference
 * @param high its upper end
 * @param wins share of pairs in which the second is greater; a tie is half a win
 */
record PairedDifference(double before, double after, double low, double high, double wins) {

    private static final int RESAMPLES = 2000;
    private static final double TAIL = 0.025;

    /** Compares pair by pair; the interval is that of a percentile bootstrap over pairs. */
    static PairedDifference of(double[] before, double[] after, long seed) {
        Preconditions.checkArgument(
                before.length == after.length && before.length > 0,
                "PairedDifference: expected as many values after as before, got %s and %s",
                before.length,
                after.length);
        double[] differences = new double[before.length];
        double wins = 0;
        for (int i = 0; i < before.length; i++) {
            differences[i] = after[i] - before[i];
            wins += differences[i] > 0 ? 1 : differences[i] == 0 ? 0.5 : 0;
        }
        double[] means = resampled(differences, Seeds.random(seed, 0, "bootstrap"));
        return new PairedDifference(
                mean(before),
                mean(after),
                means[(int) (TAIL * RESAMPLES)],
                means[(int) ((1 - TAIL) * RESAMPLES)],
                wins / before.length);
    }

    double difference() {
        return after - before;
    }

    private static double[] resampled(double[] differences, SplittableRandom random) {
        double[] means = new double[RESAMPLES];
        for (int r = 0; r < RESAMPLES; r++) {
            double sum = 0;
            for (int i = 0; i < differences.length; i++) {
                sum += differences[random.nextInt(differences.length)];
            }
            means[r] = sum / differences.length;
        }
        Arrays.sort(means);
        return means;
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }
}

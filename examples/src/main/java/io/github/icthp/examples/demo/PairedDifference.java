package io.github.icthp.examples.demo;

import com.google.common.base.Preconditions;

import io.github.icthp.training.Seeds;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

    /**
     * Compares pair by pair. The interval is that of a percentile bootstrap over groups: pairs of
     * one group resemble each other, so they are drawn together.
     *
     * @param groups each pair's group, such as its prompt
     */
    static PairedDifference of(double[] before, double[] after, List<String> groups, long seed) {
        Preconditions.checkArgument(
                before.length == after.length
                        && before.length == groups.size()
                        && before.length > 0,
                "PairedDifference: expected as many values after and groups as before, got %s, %s"
                        + " and %s",
                before.length,
                after.length,
                groups.size());
        double[] differences = new double[before.length];
        double wins = 0;
        for (int i = 0; i < before.length; i++) {
            differences[i] = after[i] - before[i];
            wins += differences[i] > 0 ? 1 : differences[i] == 0 ? 0.5 : 0;
        }
        double[] means =
                resampled(grouped(differences, groups), Seeds.random(seed, 0, "bootstrap"));
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

    private static List<Group> grouped(double[] differences, List<String> groups) {
        Map<String, Group> found = new LinkedHashMap<>();
        for (int i = 0; i < differences.length; i++) {
            found.merge(groups.get(i), new Group(differences[i], 1), Group::plus);
        }
        return List.copyOf(found.values());
    }

    private record Group(double sum, int count) {

        Group plus(Group other) {
            return new Group(sum + other.sum, count + other.count);
        }
    }

    private static double[] resampled(List<Group> groups, SplittableRandom random) {
        double[] means = new double[RESAMPLES];
        for (int r = 0; r < RESAMPLES; r++) {
            Group drawn = new Group(0, 0);
            for (int i = 0; i < groups.size(); i++) {
                drawn = drawn.plus(groups.get(random.nextInt(groups.size())));
            }
            means[r] = drawn.sum() / drawn.count();
        }
        Arrays.sort(means);
        return means;
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }
}

package io.github.icthp.train.evaluation;

import com.google.common.math.Quantiles;

import io.github.icthp.training.Seeds;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * How the pairs of triplets came out. A triplet is one of 27 kinds (each of three pairs is won,
 * tied or lost), so counts of kinds are all that accuracies and their intervals need, however many
 * triplets there are.
 */
final class Outcomes {

    private static final Pair[] PAIRS = Pair.values();
    private static final int KINDS = 27;

    /** The ends of the percentile interval of 95 %, in fortieths. */
    private static final int LOWER = 1;

    private static final int UPPER = 39;
    private static final int SCALE = 40;

    private final long[] kinds = new long[KINDS];

    /** Counts a triplet by its scores of I1, I2 and I3. */
    void add(double... scores) {
        int kind = 0;
        for (Pair pair : PAIRS) {
            kind = 3 * kind + pair.outcome(scores);
        }
        kinds[kind]++;
    }

    /** Computes accuracies, with intervals from drawing as many triplets again and again. */
    PairAccuracies accuracies(int resamples, long seed) {
        double[][] drawn =
                IntStream.range(0, resamples)
                        .parallel()
                        .mapToObj(r -> shares(draw(Seeds.random(seed, r, "bootstrap"))))
                        .toArray(double[][]::new);
        double[] shares = shares(kinds);
        List<Accuracy> pairs =
                IntStream.range(0, PAIRS.length)
                        .mapToObj(i -> accuracy(shares, drawn, i, ties(PAIRS[i])))
                        .toList();
        long ties = pairs.stream().mapToLong(Accuracy::ties).sum();
        return new PairAccuracies(
                pairs.get(0),
                pairs.get(1),
                pairs.get(2),
                accuracy(shares, drawn, PAIRS.length, ties));
    }

    private static Accuracy accuracy(double[] shares, double[][] drawn, int which, long ties) {
        double[] all = Arrays.stream(drawn).mapToDouble(s -> s[which]).toArray();
        Map<Integer, Double> ends = Quantiles.scale(SCALE).indexes(LOWER, UPPER).compute(all);
        return new Accuracy(shares[which], ends.get(LOWER), ends.get(UPPER), ties);
    }

    /** Draws as many triplets as were counted, each time any of them with equal chance. */
    private long[] draw(SplittableRandom random) {
        long[] ends = kinds.clone();
        Arrays.parallelPrefix(ends, Long::sum);
        long triplets = ends[KINDS - 1];
        long[] drawn = new long[KINDS];
        for (long i = 0; i < triplets; i++) {
            long place = random.nextLong(triplets);
            int kind = 0;
            while (ends[kind] <= place) {
                kind++;
            }
            drawn[kind]++;
        }
        return drawn;
    }

    /** The share of triplets in which each pair is won, ties half, and the mean of the three. */
    private static double[] shares(long[] kinds) {
        long triplets = Arrays.stream(kinds).sum();
        long all = 0;
        double[] shares = new double[PAIRS.length + 1];
        for (int pair = 0; pair < PAIRS.length; pair++) {
            long halves = 0;
            for (int kind = 0; kind < KINDS; kind++) {
                halves += outcome(kind, PAIRS[pair]) * kinds[kind];
            }
            shares[pair] = halves / (2.0 * triplets);
            all += halves;
        }
        shares[PAIRS.length] = all / (2.0 * PAIRS.length * triplets);
        return shares;
    }

    private long ties(Pair pair) {
        return IntStream.range(0, KINDS)
                .filter(kind -> outcome(kind, pair) == 1)
                .mapToLong(kind -> kinds[kind])
                .sum();
    }

    private static int outcome(int kind, Pair pair) {
        return switch (pair) {
            case PREFERRED_OVER_REJECTED -> kind / 9;
            case REFINED_OVER_PREFERRED -> kind / 3 % 3;
            case REFINED_OVER_REJECTED -> kind % 3;
        };
    }
}

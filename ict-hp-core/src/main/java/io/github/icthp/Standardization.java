package io.github.icthp;

import com.google.common.base.Preconditions;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * The mean and deviation of a reward on a sample, by which rewards of different scales become
 * comparable parts of a sum: (reward - mean) / deviation.
 *
 * @param mean the sample's mean
 * @param deviation its standard deviation (n - 1), positive
 * @param pictures how many pictures were measured
 * @serial exclude
 */
public record Standardization(double mean, double deviation, long pictures)
        implements Serializable {

    /**
     * Checks the numbers.
     *
     * @param mean the mean of the sample
     * @param deviation its standard deviation, positive
     * @param pictures how many pictures the sample had
     * @throws IllegalArgumentException if the mean is not finite, or the deviation not finite and
     *     positive
     */
    public Standardization {
        Preconditions.checkArgument(
                Double.isFinite(mean), "Standardization: expected a finite mean, got %s", mean);
        Preconditions.checkArgument(
                Double.isFinite(deviation) && deviation > 0,
                "Standardization: expected a finite deviation above 0, got %s",
                deviation);
    }

    /**
     * Measures scores.
     *
     * @param scores at least two, of one reward
     * @return their mean and deviation
     * @throws IllegalArgumentException if there are fewer, one is not finite, or all are equal
     */
    public static Standardization of(double... scores) {
        return named("the reward", scores);
    }

    /**
     * Scores a sample of pictures and measures the scores.
     *
     * @param model the reward
     * @param sample pictures and prompts, at least two
     * @return the mean and deviation of the scores
     * @throws IllegalArgumentException if there are fewer, a picture cannot be scored, or all
     *     scores are equal
     */
    public static Standardization of(RewardModel model, Stream<PromptImage> sample) {
        List<Double> scores = new ArrayList<>();
        try (Stream<RewardScore> all = model.scoreAll(sample)) {
            for (Iterator<RewardScore> each = all.iterator(); each.hasNext(); ) {
                RewardScore score = each.next();
                score.error()
                        .ifPresent(
                                failure -> {
                                    throw new IllegalArgumentException(
                                            "Standardization: expected pictures that can be scored,"
                                                    + " got "
                                                    + score.image()
                                                    + ": "
                                                    + failure.getMessage()
                                                    + "; leave it out of the sample",
                                            failure);
                                });
                scores.add(score.value());
            }
        }
        return named(
                model.kind().name(), scores.stream().mapToDouble(Double::doubleValue).toArray());
    }

    static Standardization named(String name, double... scores) {
        Preconditions.checkArgument(
                scores.length > 1,
                "Standardization: %s: expected a sample of at least 2 pictures, got %s",
                name,
                scores.length);
        for (int i = 0; i < scores.length; i++) {
            Preconditions.checkArgument(
                    Double.isFinite(scores[i]),
                    "Standardization: %s: expected finite scores, got %s for picture %s of %s",
                    name,
                    scores[i],
                    i + 1,
                    scores.length);
        }
        double mean = DoubleStream.of(scores).average().orElseThrow();
        double squares = DoubleStream.of(scores).map(s -> (s - mean) * (s - mean)).sum();
        boolean differ = DoubleStream.of(scores).distinct().limit(2).count() > 1;
        Preconditions.checkArgument(
                differ && squares > 0,
                "Standardization: %s: expected scores that differ, got %s for all %s pictures; its"
                        + " deviation is 0, so take other pictures or leave the term out",
                name,
                scores[0],
                scores.length);
        return new Standardization(mean, Math.sqrt(squares / (scores.length - 1)), scores.length);
    }

    /** Writes how a reward is standardized. */
    String of(String name) {
        return String.format(Locale.ROOT, "(%s - %s) / %s", name, mean, deviation);
    }
}

package io.github.icthp.reward;

import com.google.common.base.Preconditions;

import java.util.Arrays;

/**
 * The probability that people prefer each of several pictures of one prompt, as PickScore was
 * trained to give it: a softmax of the scores over the candidates.
 */
public final class PickScoreProbabilities {

    private PickScoreProbabilities() {}

    /**
     * Turns scores into probabilities.
     *
     * @param scores PickScore's value of each candidate for the same prompt
     * @return a probability for each candidate, in order; they add up to 1
     * @throws IllegalArgumentException if there is no score or one is not finite
     */
    public static double[] of(double... scores) {
        Preconditions.checkArgument(
                scores.length > 0, "PickScoreProbabilities: expected at least one score, got none");
        double greatest = Arrays.stream(scores).max().orElseThrow();
        Preconditions.checkArgument(
                Arrays.stream(scores).allMatch(Double::isFinite),
                "PickScoreProbabilities: expected finite scores, got %s",
                Arrays.toString(scores));
        double[] powers = Arrays.stream(scores).map(s -> Math.exp(s - greatest)).toArray();
        double sum = Arrays.stream(powers).sum();
        return Arrays.stream(powers).map(p -> p / sum).toArray();
    }
}

package io.github.icthp.train.evaluation;

import com.google.common.primitives.ImmutableDoubleArray;

import io.github.icthp.RewardScore;
import io.github.icthp.train.data.IctTargets;

import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** Gathers what is to be known of one reward: three numbers a triplet, and sums. */
final class RewardTally {

    private final Reward reward;
    private final Outcomes easy = new Outcomes();
    private final Outcomes refined = new Outcomes();
    private final List<ImmutableDoubleArray.Builder> ranks =
            Stream.generate(ImmutableDoubleArray::builder).limit(3).toList();
    private double easyError;
    private double refinedError;
    private long labeled;

    RewardTally(Reward reward) {
        this.reward = reward;
    }

    /**
     * A reward as a function of the models' scores of an image.
     *
     * @param name what it is called
     * @param readsPrompts whether it depends on the prompt
     * @param onLabelScale whether ICT labels are what it should be
     * @param score the function
     */
    record Reward(
            String name,
            boolean readsPrompts,
            boolean onLabelScale,
            ToDoubleFunction<List<RewardScore>> score) {}

    void add(ScoredTriplet triplet) {
        double[] scores = triplet.scores(ScoredTriplet.EASY, reward.name(), reward.score());
        easy.add(scores);
        for (int rank = 0; rank < scores.length; rank++) {
            ranks.get(rank).add(scores[rank]);
        }
        if (reward.readsPrompts()) {
            double[] others = triplet.scores(ScoredTriplet.REFINED, reward.name(), reward.score());
            refined.add(others);
            if (reward.onLabelScale()) {
                triplet.triplet()
                        .targets()
                        .ifPresent(targets -> addErrors(targets, scores, others));
            }
        }
    }

    private void addErrors(IctTargets targets, double[] easyScores, double[] refinedScores) {
        labeled++;
        easyError += error(easyScores, targets.e1(), targets.e2(), targets.e3());
        refinedError += error(refinedScores, targets.r1(), targets.r2(), targets.r3());
    }

    private static double error(double[] scores, double... labels) {
        double sum = 0;
        for (int rank = 0; rank < labels.length; rank++) {
            double difference = scores[rank] - labels[rank];
            sum += difference * difference / labels.length;
        }
        return sum;
    }

    RewardResult result(int resamples, long seed) {
        List<ImmutableDoubleArray> scores =
                ranks.stream().map(ImmutableDoubleArray.Builder::build).toList();
        return new RewardResult(
                reward.name(),
                easy.accuracies(resamples, seed),
                reward.readsPrompts()
                        ? Optional.of(refined.accuracies(resamples, seed))
                        : Optional.empty(),
                labeled == 0
                        ? Optional.empty()
                        : Optional.of(
                                new LabelError(
                                        easyError / labeled, refinedError / labeled, labeled)),
                scores.stream().map(ScoreSummary::of).toList(),
                ScoreHistogram.of(scores));
    }
}

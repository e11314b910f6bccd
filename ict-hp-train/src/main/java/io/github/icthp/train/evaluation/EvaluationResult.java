package io.github.icthp.train.evaluation;

import io.github.icthp.ScoreProvenance;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.stream.Collectors;

/**
 * What an evaluation found, and how it was made.
 *
 * @param data the data set's name
 * @param fingerprint tells data sets of different content apart
 * @param triplets how many triplets were scored
 * @param skipped how many rows could not be used
 * @param resamples how often triplets were drawn again for the intervals
 * @param seed the seed of those draws
 * @param rewards what was found, in the order CLIP, ICT, HP, ICT-HP, others
 * @param provenance for each model how its scores were made
 * @param notes what else a reader of the figures should know, such as prompts that a model did not
 *     read to their ends
 */
public record EvaluationResult(
        String data,
        String fingerprint,
        long triplets,
        long skipped,
        int resamples,
        long seed,
        List<RewardResult> rewards,
        Map<String, ScoreProvenance> provenance,
        List<String> notes) {

    /**
     * Copies the collections.
     *
     * @param data the data set's name
     * @param fingerprint tells data sets of different content apart
     * @param triplets how many triplets were scored
     * @param skipped how many rows could not be used
     * @param resamples how often triplets were drawn again
     * @param seed the seed of those draws
     * @param rewards what was found
     * @param provenance for each model how its scores were made
     * @param notes what else a reader of the figures should know
     */
    public EvaluationResult {
        rewards = List.copyOf(rewards);
        notes = List.copyOf(notes);
        provenance = Collections.unmodifiableMap(new LinkedHashMap<>(provenance));
    }

    /**
     * Returns one line: the data, how many triplets, and each reward's pair accuracy on easy
     * prompts.
     *
     * @return for people
     */
    @Override
    public String toString() {
        String accuracies =
                rewards.stream()
                        .map(
                                reward ->
                                        String.format(
                                                Locale.ROOT,
                                                "%s %.2f %%",
                                                reward.name(),
                                                100 * reward.easy().mean().value()))
                        .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "EvaluationResult[%s, %d triplets, %d skipped: %s]",
                data,
                triplets,
                skipped,
                accuracies);
    }

    /**
     * Returns what was found about a reward.
     *
     * @param name for example {@code ICT-HP}
     * @return its result
     * @throws NoSuchElementException if it was not evaluated
     */
    public RewardResult reward(String name) {
        return rewards.stream()
                .filter(reward -> reward.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new NoSuchElementException(
                                        String.format(
                                                Locale.ROOT,
                                                "EvaluationResult: no reward '%s'; there are %s",
                                                name,
                                                rewards.stream()
                                                        .map(RewardResult::name)
                                                        .toList())));
    }
}

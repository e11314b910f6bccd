package io.github.icthp.train.evaluation.geneval;

import io.github.icthp.train.evaluation.table.Estimate;
import io.github.icthp.training.Seeds;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Percentile intervals of the benchmark's scores: within each task as many prompts are drawn again
 * and again, each time any of them with equal chance, all pictures of a prompt together.
 *
 * @param resamples how often
 * @param seed of the draws
 */
record GenEvalStatistics(int resamples, long seed) {

    /** The name of the mean over tasks. */
    static final String OVERALL = "overall";

    /** A prompt's pictures in one run, or in two. */
    private record Tally(String tag, int correct, int images, int baseCorrect, int baseImages) {

        Tally plus(GenEvalRow row, boolean base) {
            int right = row.correct() ? 1 : 0;
            return base
                    ? new Tally(tag, correct, images, baseCorrect + right, baseImages + 1)
                    : new Tally(tag, correct + right, images + 1, baseCorrect, baseImages);
        }
    }

    /** Scores of each task, in their order, and then of all. */
    Map<String, Estimate> scores(List<GenEvalRow> rows) {
        Map<String, Tally> prompts = new LinkedHashMap<>();
        add(prompts, rows, false);
        return estimates(List.copyOf(prompts.values()), false);
    }

    /**
     * How much scores are above those of another run, over the prompts that both have: of each task
     * and of all; empty if there are none.
     */
    Map<String, Estimate> differences(List<GenEvalRow> rows, List<GenEvalRow> base) {
        Map<String, Tally> prompts = new LinkedHashMap<>();
        add(prompts, rows, false);
        add(prompts, base, true);
        return estimates(
                prompts.values().stream()
                        .filter(tally -> tally.images() > 0 && tally.baseImages() > 0)
                        .toList(),
                true);
    }

    private static void add(Map<String, Tally> prompts, List<GenEvalRow> rows, boolean base) {
        for (GenEvalRow row : rows) {
            Tally before = prompts.getOrDefault(row.metadata(), new Tally(row.tag(), 0, 0, 0, 0));
            prompts.put(row.metadata(), before.plus(row, base));
        }
    }

    private Map<String, Estimate> estimates(List<Tally> prompts, boolean paired) {
        Map<String, List<Tally>> tasks = new LinkedHashMap<>();
        prompts.forEach(
                tally -> tasks.computeIfAbsent(tally.tag(), tag -> new ArrayList<>()).add(tally));
        Map<String, Estimate> estimates = new LinkedHashMap<>();
        double[] sums = new double[resamples];
        double sum = 0;
        for (Map.Entry<String, List<Tally>> task : tasks.entrySet()) {
            double[] drawn = drawn(task.getKey(), task.getValue(), paired);
            double value = value(task.getValue(), paired);
            Arrays.setAll(sums, r -> sums[r] + drawn[r] / tasks.size());
            sum += value / tasks.size();
            estimates.put(task.getKey(), Estimate.of(value, drawn, task.getValue().size()));
        }
        if (!tasks.isEmpty()) {
            estimates.put(OVERALL, Estimate.of(sum, sums, prompts.size()));
        }
        return estimates;
    }

    private double[] drawn(String tag, List<Tally> prompts, boolean paired) {
        return IntStream.range(0, resamples)
                .parallel()
                .mapToDouble(
                        r -> {
                            SplittableRandom random = Seeds.random(seed, r, "geneval " + tag);
                            List<Tally> chosen = new ArrayList<>(prompts.size());
                            for (int i = 0; i < prompts.size(); i++) {
                                chosen.add(prompts.get(random.nextInt(prompts.size())));
                            }
                            return value(chosen, paired);
                        })
                .toArray();
    }

    private static double value(List<Tally> prompts, boolean paired) {
        double correct = 0;
        double images = 0;
        double baseCorrect = 0;
        double baseImages = 0;
        for (Tally tally : prompts) {
            correct += tally.correct();
            images += tally.images();
            baseCorrect += tally.baseCorrect();
            baseImages += tally.baseImages();
        }
        return correct / images - (paired ? baseCorrect / baseImages : 0);
    }

    /** The mean partial credit, where rows have it. */
    static Optional<Double> meanScore(List<GenEvalRow> rows) {
        boolean partial = rows.stream().allMatch(row -> row.score().isPresent());
        return partial && !rows.isEmpty()
                ? Optional.of(
                        rows.stream().mapToDouble(row -> row.score().getAsDouble()).sum()
                                / rows.size())
                : Optional.empty();
    }
}

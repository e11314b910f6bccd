package io.github.icthp.train.evaluation.geneval;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableMap;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The benchmark's figures.
 *
 * @param images how many pictures were judged
 * @param prompts how many prompts they are of
 * @param correctImages how many are right
 * @param correctPrompts prompts with at least one right picture
 * @param tasks figures of each task, in the order in which results name them
 */
public record GenEvalSummary(
        int images,
        int prompts,
        int correctImages,
        int correctPrompts,
        ImmutableMap<String, Task> tasks) {

    /**
     * A task's figures.
     *
     * @param correct how many pictures are right
     * @param images how many there are
     */
    public record Task(int correct, int images) {

        /**
         * Returns the task's score.
         *
         * @return the share of right pictures
         */
        public double score() {
            return (double) correct / images;
        }

        private Task plus(boolean right) {
            return new Task(correct + (right ? 1 : 0), images + 1);
        }
    }

    /**
     * Counts results.
     *
     * @param rows at least one; those with the same metadata are of one prompt
     * @return the figures
     * @throws IllegalArgumentException if there are none
     */
    public static GenEvalSummary of(List<GenEvalRow> rows) {
        Preconditions.checkArgument(
                !rows.isEmpty(), "GenEvalSummary: expected results of pictures, got none");
        Map<String, Task> tasks = new LinkedHashMap<>();
        Map<String, Boolean> prompts = new HashMap<>();
        int correct = 0;
        for (GenEvalRow row : rows) {
            Task before = tasks.getOrDefault(row.tag(), new Task(0, 0));
            tasks.put(row.tag(), before.plus(row.correct()));
            prompts.merge(row.metadata(), row.correct(), Boolean::logicalOr);
            correct += row.correct() ? 1 : 0;
        }
        int correctPrompts = (int) prompts.values().stream().filter(right -> right).count();
        return new GenEvalSummary(
                rows.size(), prompts.size(), correct, correctPrompts, ImmutableMap.copyOf(tasks));
    }

    /**
     * Returns the benchmark's score.
     *
     * @return the mean of the tasks' scores, in [0, 1]
     */
    public double overall() {
        return tasks.values().stream().mapToDouble(Task::score).sum() / tasks.size();
    }

    /**
     * Returns the figures as the original prints them.
     *
     * @return lines, each with its end
     */
    public String toText() {
        StringBuilder lines = new StringBuilder("Summary\n=======\n");
        lines.append("Total images: ").append(images).append('\n');
        lines.append("Total prompts: ").append(prompts).append('\n');
        lines.append("% correct images: ").append(percent(correctImages, images)).append('\n');
        lines.append("% correct prompts: ").append(percent(correctPrompts, prompts));
        lines.append("\n\nTask breakdown\n==============\n");
        tasks.forEach(
                (tag, task) ->
                        lines.append(
                                String.format(
                                        Locale.ROOT,
                                        "%-16s = %s (%d / %d)%n",
                                        tag,
                                        percent(task.correct(), task.images()),
                                        task.correct(),
                                        task.images())));
        return lines.append("\nOverall score (avg. over tasks): ")
                .append(fixed(overall(), 5))
                .append('\n')
                .toString()
                .replace(System.lineSeparator(), "\n");
    }

    private static String percent(int part, int whole) {
        return fixed(100 * ((double) part / whole), 2) + "%";
    }

    /** Rounds the number itself, ties to even, as Python does; Java rounds its decimal text. */
    private static String fixed(double value, int digits) {
        return new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    }
}

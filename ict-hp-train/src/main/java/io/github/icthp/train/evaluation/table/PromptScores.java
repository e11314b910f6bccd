package io.github.icthp.train.evaluation.table;

import com.google.common.base.Preconditions;

import io.github.icthp.train.data.DatasetException;
import io.github.icthp.train.evaluation.table.RowIndex.Group;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Cell;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Change;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Column;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Failure;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Win;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The scores of a table as another engine has summed them: for each generator, condition and prompt
 * a sum and a count a column. Of these it makes the result that {@link ScoreTable} makes of rows,
 * whose order is the order in which prompts and generators are added here.
 */
public final class PromptScores {

    private final String data;
    private final Map<Group, Integer> groups = new LinkedHashMap<>();
    private final Map<String, Integer> prompts = new LinkedHashMap<>();
    private final List<Entry> entries = new ArrayList<>();

    private record Entry(int group, int prompt, List<Sum> sums) {}

    /**
     * A column's scores of one prompt's pictures.
     *
     * @param sum their sum, in the order of the rows
     * @param images how many there are; 0 if all failed
     */
    public record Sum(double sum, int images) {}

    /**
     * The pictures that were scored.
     *
     * @param count how many
     * @param failed how many of them have no score in some column
     * @param failures the first of them, at most {@value ScoreTableResult#LISTED}
     * @param notes what else a reader of the figures should know
     */
    public record Rows(int count, int failed, List<Failure> failures, List<String> notes) {

        /**
         * Copies the lists.
         *
         * @param count how many pictures there were
         * @param failed how many have no score in some column
         * @param failures the first of them
         * @param notes what else a reader of the figures should know
         */
        public Rows {
            failures = List.copyOf(failures);
            notes = List.copyOf(notes);
        }
    }

    private PromptScores(String data) {
        this.data = data;
    }

    /**
     * Begins.
     *
     * @param data what reports call the pictures
     * @return no scores yet
     */
    public static PromptScores of(String data) {
        return new PromptScores(data);
    }

    /**
     * Adds a prompt's pictures of one generator.
     *
     * @param model the generator
     * @param condition base or refined
     * @param promptId the prompt
     * @param sums for each column, in the columns' order
     */
    public void add(String model, PromptCondition condition, String promptId, List<Sum> sums) {
        Preconditions.checkArgument(!model.isBlank(), "PromptScores: model is blank");
        Preconditions.checkArgument(!promptId.isBlank(), "PromptScores: promptId is blank");
        Group group = new Group(model, condition);
        entries.add(
                new Entry(
                        groups.computeIfAbsent(group, g -> groups.size()),
                        prompts.computeIfAbsent(promptId, p -> prompts.size()),
                        List.copyOf(sums)));
    }

    /**
     * Computes means, comparisons and their intervals.
     *
     * @param columns the rewards
     * @param rows how many pictures there were, and which failed
     * @param resamples draws for the intervals, at least 1
     * @param seed of the draws
     * @return the table
     * @throws DatasetException if nothing was added
     */
    public ScoreTableResult result(List<Column> columns, Rows rows, int resamples, long seed) {
        Preconditions.checkArgument(
                resamples >= 1, "PromptScores: expected at least 1 draw, got %s", resamples);
        if (entries.isEmpty()) {
            throw new DatasetException(data + " has no rows");
        }
        Bootstrap bootstrap = new Bootstrap(resamples, seed);
        List<Cell> cells = new ArrayList<>();
        List<Change> changes = new ArrayList<>();
        List<Win> wins = new ArrayList<>();
        for (int column = 0; column < columns.size(); column++) {
            TableStatistics found = statistics(columns.get(column).name(), column, bootstrap);
            cells.addAll(found.cells());
            changes.addAll(found.changes());
            wins.addAll(found.wins());
        }
        return new ScoreTableResult(
                data,
                rows.count(),
                prompts.size(),
                columns,
                cells,
                changes,
                wins,
                rows.failed(),
                rows.failures(),
                bootstrap.resamples(),
                bootstrap.seed(),
                rows.notes());
    }

    private TableStatistics statistics(String name, int column, Bootstrap bootstrap) {
        double[][] sums = new double[groups.size()][prompts.size()];
        int[][] counts = new int[groups.size()][prompts.size()];
        for (Entry entry : entries) {
            Sum sum = entry.sums().get(column);
            sums[entry.group()][entry.prompt()] += sum.sum();
            counts[entry.group()][entry.prompt()] += sum.images();
        }
        return TableStatistics.ofSums(name, List.copyOf(groups.keySet()), sums, counts, bootstrap);
    }
}

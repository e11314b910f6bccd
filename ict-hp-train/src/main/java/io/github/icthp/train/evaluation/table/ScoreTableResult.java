package io.github.icthp.train.evaluation.table;

import io.github.icthp.ScoreProvenance;
import io.github.icthp.reward.RewardKind;

import java.util.List;
import java.util.Optional;

/**
 * What a score table found. Figures are means over prompts: of a prompt with several pictures of
 * one generator and condition, the mean of their scores counts. Nothing is averaged over columns,
 * whose scales differ.
 *
 * @param data what was scored
 * @param rows how many pictures there were
 * @param prompts how many prompts they belong to
 * @param columns the rewards
 * @param cells the means, by generator, condition and column; left out where every picture failed
 * @param changes refined against base, for generators with both
 * @param wins one generator against another
 * @param failed how many pictures have no score in some column
 * @param failures those pictures, each with a column; at most {@value #LISTED}
 * @param resamples draws for the intervals
 * @param seed of those draws
 * @param notes what else a reader of the figures should know, such as prompts that a reward did not
 *     read to their ends
 */
public record ScoreTableResult(
        String data,
        int rows,
        int prompts,
        List<Column> columns,
        List<Cell> cells,
        List<Change> changes,
        List<Win> wins,
        int failed,
        List<Failure> failures,
        int resamples,
        long seed,
        List<String> notes) {

    /** The most failures that a result lists. */
    public static final int LISTED = 1000;

    /**
     * Copies the lists.
     *
     * @param data what was scored
     * @param rows how many pictures there were
     * @param prompts how many prompts they belong to
     * @param columns the rewards
     * @param cells the means, by generator, condition and column; left out where every picture
     *     failed
     * @param changes refined against base, for generators with both
     * @param wins one generator against another
     * @param failed how many pictures have no score in some column
     * @param failures those pictures, each with a column; at most {@value #LISTED}
     * @param resamples draws for the intervals
     * @param seed of those draws
     * @param notes what else a reader of the figures should know
     */
    public ScoreTableResult {
        columns = List.copyOf(columns);
        cells = List.copyOf(cells);
        changes = List.copyOf(changes);
        wins = List.copyOf(wins);
        failures = List.copyOf(failures);
        notes = List.copyOf(notes);
    }

    /**
     * A reward.
     *
     * @param name the column's name
     * @param kind what it measures, and on which scale
     * @param provenance how its scores were made
     */
    public record Column(String name, RewardKind kind, ScoreProvenance provenance) {}

    /**
     * A mean score.
     *
     * @param model the generator
     * @param condition base or refined
     * @param column the reward
     * @param mean the mean over prompts
     * @param images how many pictures were scored
     */
    public record Cell(
            String model, PromptCondition condition, String column, Estimate mean, int images) {}

    /**
     * Refined against base, over the prompts that have both.
     *
     * @param model the generator
     * @param column the reward
     * @param difference the mean of refined minus base of the same prompt
     * @param wins the share of prompts on which refined scores higher; a tie counts half
     */
    public record Change(String model, String column, Estimate difference, Estimate wins) {}

    /**
     * One generator against another, over the prompts that have pictures of both.
     *
     * @param condition base or refined
     * @param first a generator
     * @param second another one
     * @param column the reward
     * @param share the share of prompts on which the first scores higher; a tie counts half
     * @param ties how many prompts are ties
     */
    public record Win(
            PromptCondition condition,
            String first,
            String second,
            String column,
            Estimate share,
            int ties) {}

    /**
     * A picture without a score.
     *
     * @param row its number, from 1
     * @param model the generator
     * @param condition base or refined
     * @param promptId its prompt
     * @param image its name
     * @param column a column that has no score of it
     * @param error why
     */
    public record Failure(
            int row,
            String model,
            PromptCondition condition,
            String promptId,
            String image,
            String column,
            String error) {}

    /**
     * Returns a mean.
     *
     * @param model the generator
     * @param condition base or refined
     * @param column the reward
     * @return the cell; empty if there is none
     */
    public Optional<Cell> cell(String model, PromptCondition condition, String column) {
        return cells.stream()
                .filter(c -> c.model().equals(model))
                .filter(c -> c.condition() == condition && c.column().equals(column))
                .findFirst();
    }

    /**
     * Returns a generator's change from base to refined.
     *
     * @param model the generator
     * @param column the reward
     * @return the change; empty if no prompt has both
     */
    public Optional<Change> change(String model, String column) {
        return changes.stream()
                .filter(c -> c.model().equals(model) && c.column().equals(column))
                .findFirst();
    }
}

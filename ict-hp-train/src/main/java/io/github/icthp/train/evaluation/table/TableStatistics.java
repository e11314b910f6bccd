package io.github.icthp.train.evaluation.table;

import com.google.common.primitives.ImmutableDoubleArray;

import io.github.icthp.train.evaluation.table.RowIndex.Group;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Cell;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Change;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Win;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;

/** Figures of one column: every one is a mean over prompts of a number of each prompt. */
final class TableStatistics {

    private final String column;
    private final List<Group> groups;
    private final Bootstrap bootstrap;

    /** By group: the mean score of each prompt, NaN if it has none. */
    private final double[][] means;

    private final int[] images;

    private TableStatistics(
            String column,
            List<Group> groups,
            double[][] means,
            int[] images,
            Bootstrap bootstrap) {
        this.column = column;
        this.groups = groups;
        this.means = means;
        this.images = images;
        this.bootstrap = bootstrap;
    }

    /**
     * Makes the figures of sums.
     *
     * @param sums by group, the sum of each prompt's scores
     * @param counts by group, how many scores each prompt has
     */
    static TableStatistics ofSums(
            String column,
            List<Group> groups,
            double[][] sums,
            int[][] counts,
            Bootstrap bootstrap) {
        double[][] means = new double[groups.size()][];
        int[] images = new int[groups.size()];
        for (int group = 0; group < means.length; group++) {
            means[group] = sums[group].clone();
            for (int prompt = 0; prompt < means[group].length; prompt++) {
                // 0 / 0 is NaN: no score.
                means[group][prompt] /= counts[group][prompt];
                images[group] += counts[group][prompt];
            }
        }
        return new TableStatistics(column, groups, means, images, bootstrap);
    }

    /** Makes the figures of a number a row. */
    static TableStatistics ofRows(
            String column, RowIndex index, ColumnScores scores, Bootstrap bootstrap) {
        double[][] sums = new double[index.groups().size()][index.prompts()];
        int[][] counts = new int[index.groups().size()][index.prompts()];
        for (int row = 0; row < index.rows(); row++) {
            double score = scores.score(row);
            if (!Double.isNaN(score)) {
                sums[index.group(row)][index.prompt(row)] += score;
                counts[index.group(row)][index.prompt(row)]++;
            }
        }
        return ofSums(column, index.groups(), sums, counts, bootstrap);
    }

    List<Cell> cells() {
        List<Cell> cells = new ArrayList<>();
        for (int group = 0; group < means.length; group++) {
            double[] found = Arrays.stream(means[group]).filter(m -> !Double.isNaN(m)).toArray();
            if (found.length > 0) {
                Group of = groups.get(group);
                cells.add(
                        new Cell(
                                of.model(),
                                of.condition(),
                                column,
                                bootstrap.mean(found),
                                images[group]));
            }
        }
        return cells;
    }

    List<Change> changes() {
        List<Change> changes = new ArrayList<>();
        for (String model : models()) {
            int base = groups.indexOf(new Group(model, PromptCondition.BASE));
            int refined = groups.indexOf(new Group(model, PromptCondition.REFINED));
            double[] differences = paired(refined, base, (r, b) -> r - b);
            if (differences.length > 0) {
                changes.add(
                        new Change(
                                model,
                                column,
                                bootstrap.mean(differences),
                                bootstrap.mean(paired(refined, base, TableStatistics::win))));
            }
        }
        return changes;
    }

    List<Win> wins() {
        List<Win> wins = new ArrayList<>();
        List<String> models = models();
        for (PromptCondition condition : PromptCondition.values()) {
            for (int first = 0; first < models.size(); first++) {
                for (int second = first + 1; second < models.size(); second++) {
                    addWin(wins, condition, models.get(first), models.get(second));
                }
            }
        }
        return wins;
    }

    private void addWin(List<Win> wins, PromptCondition condition, String first, String second) {
        double[] outcomes =
                paired(
                        groups.indexOf(new Group(first, condition)),
                        groups.indexOf(new Group(second, condition)),
                        TableStatistics::win);
        if (outcomes.length > 0) {
            int ties = (int) Arrays.stream(outcomes).filter(outcome -> outcome == 0.5).count();
            wins.add(new Win(condition, first, second, column, bootstrap.mean(outcomes), ties));
        }
    }

    private static double win(double first, double second) {
        return first == second ? 0.5 : first > second ? 1 : 0;
    }

    private List<String> models() {
        return groups.stream().map(Group::model).distinct().toList();
    }

    /** Combines two groups' numbers, prompt by prompt, where both have one. */
    private double[] paired(int first, int second, DoubleBinaryOperator combine) {
        ImmutableDoubleArray.Builder found = ImmutableDoubleArray.builder();
        if (first >= 0 && second >= 0) {
            for (int prompt = 0; prompt < means[first].length; prompt++) {
                double a = means[first][prompt];
                double b = means[second][prompt];
                if (!Double.isNaN(a) && !Double.isNaN(b)) {
                    found.add(combine.applyAsDouble(a, b));
                }
            }
        }
        return found.build().toArray();
    }
}

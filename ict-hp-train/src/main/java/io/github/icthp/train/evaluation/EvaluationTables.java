package io.github.icthp.train.evaluation;

import io.github.icthp.ScoreProvenance;
import io.github.icthp.report.Table;
import io.github.icthp.report.TitledTable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The tables and sentences that every format of a report shows. */
final class EvaluationTables {

    private final EvaluationResult result;

    EvaluationTables(EvaluationResult result) {
        this.result = result;
    }

    /** Returns what was evaluated, in a sentence. */
    String summary() {
        String triplets = format("%,d triplets of ", result.triplets()) + result.data();
        return result.skipped() == 0
                ? triplets
                : triplets + format(" (%,d rows skipped)", result.skipped());
    }

    /** Returns how the figures are to be read. */
    String method() {
        return format(
                "Shares in percent; a tie is half an agreement. In brackets the 95 %% interval:"
                        + " percentiles of %,d draws of as many triplets, seed %d.",
                result.resamples(), result.seed());
    }

    /** Returns what the figures were made with, a line for each model. */
    List<String> provenance() {
        return Stream.concat(
                        Stream.of("Data: " + result.fingerprint()),
                        result.provenance().entrySet().stream()
                                .map(model -> model.getKey() + ": " + made(model.getValue())))
                .toList();
    }

    private static String made(ScoreProvenance made) {
        return Stream.of(
                        made.ict(),
                        made.hp(),
                        made.precision().name().toLowerCase(Locale.ROOT) + " on " + made.device(),
                        made.imageConvention(),
                        made.promptConvention(),
                        made.settings(),
                        made.assumption(),
                        made.version())
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining("; "));
    }

    /** Returns every table that has rows. */
    List<TitledTable> all() {
        List<TitledTable> tables = new ArrayList<>();
        tables.add(
                new TitledTable(
                        "Pair accuracy with the easy prompt, %",
                        accuracies(reward -> Optional.of(reward.easy()))));
        tables.add(
                new TitledTable(
                        "Pair accuracy with the refined prompt, %",
                        accuracies(RewardResult::refined)));
        tables.add(new TitledTable("Mean squared error to ICT labels", labels()));
        tables.add(new TitledTable("Scores with the easy prompt, mean ± deviation", scores()));
        return tables.stream().filter(titled -> !titled.table().rows().isEmpty()).toList();
    }

    private Table accuracies(Function<RewardResult, Optional<PairAccuracies>> which) {
        Table table = Table.of("reward", "I2>I1", "I3>I2", "I3>I1", "mean", "ties");
        for (RewardResult reward : result.rewards()) {
            Optional<PairAccuracies> found = which.apply(reward);
            if (found.isPresent()) {
                table = table.row(cells(reward.name(), found.get()));
            }
        }
        return table;
    }

    private static String[] cells(String name, PairAccuracies found) {
        return Stream.of(
                        Stream.of(name),
                        Stream.of(Pair.values()).map(pair -> percent(found.of(pair))),
                        Stream.of(percent(found.mean()), format("%,d", found.mean().ties())))
                .flatMap(cells -> cells)
                .toArray(String[]::new);
    }

    private static String percent(Accuracy accuracy) {
        return format(
                "%.2f [%.2f, %.2f]",
                100 * accuracy.value(), 100 * accuracy.low(), 100 * accuracy.high());
    }

    private Table labels() {
        Table table = Table.of("reward", "E, easy prompt", "R, refined prompt", "triplets");
        for (RewardResult reward : result.rewards()) {
            if (reward.labels().isPresent()) {
                LabelError error = reward.labels().get();
                table =
                        table.row(
                                reward.name(),
                                format("%.5f", error.easy()),
                                format("%.5f", error.refined()),
                                format("%,d", error.triplets()));
            }
        }
        return table;
    }

    private Table scores() {
        Table table = Table.of("reward", "I1 rejected", "I2 preferred", "I3 refined");
        for (RewardResult reward : result.rewards()) {
            table =
                    table.row(
                            Stream.concat(
                                            Stream.of(reward.name()),
                                            reward.ranks().stream().map(EvaluationTables::score))
                                    .toArray(String[]::new));
        }
        return table;
    }

    private static String score(ScoreSummary scores) {
        return format("%.4f ± %.4f", scores.mean(), scores.deviation());
    }

    static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}

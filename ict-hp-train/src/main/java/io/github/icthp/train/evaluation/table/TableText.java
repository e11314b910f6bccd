package io.github.icthp.train.evaluation.table;

import io.github.icthp.ScoreProvenance;
import io.github.icthp.report.Table;
import io.github.icthp.report.TitledTable;
import io.github.icthp.train.evaluation.table.RowIndex.Group;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Cell;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Change;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Column;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Failure;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Win;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The tables and sentences that every format of a report shows. */
final class TableText {

    private static final int FAILURES_SHOWN = 20;
    private static final String NONE = "-";

    private final ScoreTableResult result;
    private final Optional<PublishedTable> published;

    TableText(ScoreTableResult result, Optional<PublishedTable> published) {
        this.result = result;
        this.published = published;
    }

    /** Returns what was scored, in a sentence. */
    String summary() {
        return format(
                        "%,d pictures of %,d prompts, %d models, from ",
                        result.rows(), result.prompts(), models().size())
                + result.data()
                + (result.failed() == 0
                        ? ""
                        : format(
                                " (%,d %s without a score)",
                                result.failed(), result.failed() == 1 ? "picture" : "pictures"));
    }

    /** Returns how the figures are to be read. */
    String method() {
        return format(
                "Means over prompts; in brackets the 95 %% interval: percentiles of %,d draws of as"
                        + " many prompts, seed %d. Columns have scales of their own and are not"
                        + " averaged.",
                result.resamples(), result.seed());
    }

    /** Returns every table that has rows. */
    List<TitledTable> all() {
        List<TitledTable> tables = new ArrayList<>();
        tables.add(
                new TitledTable(
                        "Mean scores",
                        groups(this::mean),
                        List.of(
                                "Higher is better in every column. Arrows: refined against base,"
                                        + " over the prompts that have both.")));
        tables.add(
                new TitledTable(
                        "95 % intervals of the means", groups(TableText::interval), List.of()));
        tables.add(
                new TitledTable(
                        "Refined minus base, paired by prompt",
                        changes(TableText::difference),
                        List.of("No arrow stands where the interval includes 0.")));
        tables.add(
                new TitledTable(
                        "Share of prompts on which refined scores above base, %",
                        changes(change -> percent(change.wins())), List.of("A tie counts half.")));
        for (PromptCondition condition : PromptCondition.values()) {
            tables.add(
                    new TitledTable(
                            "Share of prompts on which the first model wins, "
                                    + condition.label()
                                    + " prompts, %",
                            wins(condition),
                            List.of("A tie counts half.")));
        }
        tables.add(new TitledTable("Columns", columns(), columnNotes()));
        tables.add(new TitledTable("Pictures without a score", failures(), failureNotes()));
        published.ifPresent(
                table -> {
                    tables.add(new TitledTable("This table and Table 6", beside(table), List.of()));
                    tables.add(
                            new TitledTable("Table 6 as published", table.table(), table.notes()));
                });
        return tables.stream().filter(titled -> !titled.table().rows().isEmpty()).toList();
    }

    /** Returns the lines of the table: models in their order, base before refined. */
    List<Group> lines() {
        List<String> models = models();
        return result.cells().stream()
                .map(cell -> new Group(cell.model(), cell.condition()))
                .distinct()
                .sorted(
                        Comparator.<Group>comparingInt(group -> models.indexOf(group.model()))
                                .thenComparing(Group::condition))
                .toList();
    }

    private List<String> models() {
        return result.cells().stream().map(Cell::model).distinct().toList();
    }

    private Table groups(Function<Cell, String> text) {
        Table table = header("model");
        for (Group group : lines()) {
            table =
                    row(
                            table,
                            group.model() + " " + group.condition().label(),
                            column ->
                                    result.cell(group.model(), group.condition(), column)
                                            .map(text));
        }
        return table;
    }

    private Table header(String first) {
        return Table.of(
                Stream.concat(Stream.of(first), result.columns().stream().map(Column::name))
                        .toArray(String[]::new));
    }

    private Table row(Table table, String name, Function<String, Optional<String>> cell) {
        return table.row(
                Stream.concat(
                                Stream.of(name),
                                result.columns().stream()
                                        .map(column -> cell.apply(column.name()).orElse(NONE)))
                        .toArray(String[]::new));
    }

    private String mean(Cell cell) {
        String number = format("%.4f", cell.mean().value());
        return cell.condition() == PromptCondition.BASE
                ? number
                : number
                        + result.change(cell.model(), cell.column())
                                .map(change -> arrow(change.difference().value()))
                                .orElse("");
    }

    private static String interval(Cell cell) {
        return format(
                "[%.4f, %.4f] of %,d",
                cell.mean().low(), cell.mean().high(), cell.mean().prompts());
    }

    private static String difference(Change change) {
        Estimate found = change.difference();
        return format("%+.4f [%.4f, %.4f]", found.value(), found.low(), found.high())
                + (found.excludes(0) ? arrow(found.value()) : "");
    }

    static String arrow(double difference) {
        return difference == 0 ? "" : difference > 0 ? "↑" : "↓";
    }

    private static String percent(Estimate share) {
        return format(
                "%.1f [%.1f, %.1f]", 100 * share.value(), 100 * share.low(), 100 * share.high());
    }

    private Table changes(Function<Change, String> text) {
        Table table = header("model");
        for (String model : result.changes().stream().map(Change::model).distinct().toList()) {
            table = row(table, model, column -> result.change(model, column).map(text));
        }
        return table;
    }

    private Table wins(PromptCondition condition) {
        Table table = header("models");
        List<Win> wins =
                result.wins().stream().filter(win -> win.condition() == condition).toList();
        for (String pair : wins.stream().map(TableText::pair).distinct().toList()) {
            table =
                    row(
                            table,
                            pair,
                            column ->
                                    wins.stream()
                                            .filter(win -> pair(win).equals(pair))
                                            .filter(win -> win.column().equals(column))
                                            .findFirst()
                                            .map(win -> percent(win.share())));
        }
        return table;
    }

    private static String pair(Win win) {
        return win.first() + " over " + win.second();
    }

    private Table columns() {
        Table table = Table.of("column", "reward", "scale", "reads the prompt");
        for (Column column : result.columns()) {
            table =
                    table.row(
                            column.name(),
                            column.kind().name(),
                            column.kind().scale().text(),
                            column.kind().readsPrompt() ? "yes" : "no");
        }
        return table;
    }

    private List<String> columnNotes() {
        return Stream.concat(
                        result.columns().stream()
                                .map(column -> column.name() + ": " + made(column.provenance())),
                        result.notes().stream())
                .map(note -> note + ".")
                .toList();
    }

    private static String made(ScoreProvenance made) {
        return Stream.concat(
                        made.weights().entrySet().stream()
                                .sorted(Map.Entry.comparingByKey())
                                .map(part -> part.getKey() + " " + part.getValue()),
                        Stream.of(
                                made.precision().name().toLowerCase(Locale.ROOT)
                                        + " on "
                                        + made.device(),
                                made.imageConvention(),
                                made.promptConvention(),
                                made.settings(),
                                made.assumption(),
                                made.version()))
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining("; "));
    }

    private Table failures() {
        Table table = Table.of("row", "model", "prompt", "picture", "column");
        for (Failure failure : shown()) {
            table =
                    table.row(
                            format("%d", failure.row()),
                            failure.model() + " " + failure.condition().label(),
                            failure.promptId(),
                            failure.image(),
                            failure.column());
        }
        return table;
    }

    private List<Failure> shown() {
        return result.failures().subList(0, Math.min(FAILURES_SHOWN, result.failures().size()));
    }

    private List<String> failureNotes() {
        List<String> notes = new ArrayList<>();
        for (Failure failure : shown()) {
            notes.add(format("Row %d: ", failure.row()) + failure.error());
        }
        int more = result.failed() - notes.size();
        if (more > 0) {
            notes.add(format("And %,d more.", more));
        }
        return notes;
    }

    /** Means of models that the published table has too, ours and theirs. */
    private Table beside(PublishedTable other) {
        Table table = header("model");
        for (Group group : lines()) {
            List<OptionalDouble> printed =
                    result.columns().stream()
                            .map(c -> other.mean(group.model(), group.condition(), c.kind()))
                            .toList();
            if (printed.stream().anyMatch(OptionalDouble::isPresent)) {
                String name = group.model() + " " + group.condition().label();
                table =
                        row(
                                table,
                                name,
                                column ->
                                        result.cell(group.model(), group.condition(), column)
                                                .map(c -> format("%.3f", c.mean().value())));
                table = table.row(printedRow(name + ", published", printed));
            }
        }
        return table;
    }

    private static String[] printedRow(String name, List<OptionalDouble> printed) {
        return Stream.concat(
                        Stream.of(name),
                        printed.stream()
                                .map(
                                        mean ->
                                                mean.isPresent()
                                                        ? format("%.3f", mean.getAsDouble())
                                                        : NONE))
                .toArray(String[]::new);
    }

    static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}

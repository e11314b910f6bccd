package io.github.icthp.train.evaluation.table;

import com.google.common.io.Resources;
import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.annotations.SerializedName;

import io.github.icthp.report.Table;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.reward.ScoreScale;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/** Table 6 of the paper, as it was printed, with what is not known about its conventions. */
public final class PublishedTable {

    private static final PublishedTable TABLE_6 = new PublishedTable(read());

    private final Content content;

    private PublishedTable(Content content) {
        this.content = content;
    }

    private record Content(
            String source,
            String caption,
            List<Column> columns,
            List<Row> rows,
            @SerializedName("open_questions") List<String> openQuestions,
            String reading) {}

    private record Column(String name, String kind, ScoreScale scale, String note) {}

    private record Row(String model, String condition, List<Double> values) {}

    private static Content read() {
        try {
            return new Gson()
                    .fromJson(
                            Resources.toString(
                                    Resources.getResource(PublishedTable.class, "table6.json"),
                                    StandardCharsets.UTF_8),
                            Content.class);
        } catch (IOException e) {
            throw new UncheckedIOException("PublishedTable: table6.json cannot be read", e);
        }
    }

    /**
     * Returns Table 6.
     *
     * @return the table
     */
    public static PublishedTable table6() {
        return TABLE_6;
    }

    /**
     * Returns where the numbers are from.
     *
     * @return a citation
     */
    public String source() {
        return content.source();
    }

    /**
     * Returns a printed mean.
     *
     * @param model a row's name such as {@code SDXL}, in any case
     * @param condition base or refined
     * @param kind the reward; one of another scale than the printed column's has no printed mean
     * @return the mean
     */
    public OptionalDouble mean(String model, PromptCondition condition, RewardKind kind) {
        Optional<Integer> column = column(kind);
        return content.rows().stream()
                .filter(row -> row.model().equalsIgnoreCase(model))
                .filter(row -> row.condition().equals(condition.label()))
                .filter(row -> column.isPresent())
                .mapToDouble(row -> row.values().get(column.orElseThrow()))
                .findFirst();
    }

    private Optional<Integer> column(RewardKind kind) {
        for (int i = 0; i < content.columns().size(); i++) {
            Column column = content.columns().get(i);
            if (column.kind().equals(kind.name()) && column.scale() == kind.scale()) {
                return Optional.of(i);
            }
        }
        return Optional.empty();
    }

    /** Returns the table as printed, with its arrows. */
    Table table() {
        List<String> header = new ArrayList<>(List.of("model"));
        content.columns().forEach(column -> header.add(column.name()));
        Table table = new Table(header, List.of());
        for (Row row : content.rows()) {
            List<String> cells = new ArrayList<>(List.of(row.model() + " " + row.condition()));
            for (int i = 0; i < row.values().size(); i++) {
                cells.add(cell(row, i));
            }
            table = table.row(cells.toArray(String[]::new));
        }
        return table;
    }

    private String cell(Row row, int column) {
        double value = row.values().get(column);
        String number = String.format(Locale.ROOT, "%.3f", value);
        boolean base = row.condition().equals(PromptCondition.BASE.label());
        return base ? number : number + TableText.arrow(value - baseOf(row).values().get(column));
    }

    private Row baseOf(Row row) {
        return content.rows().stream()
                .filter(other -> other.model().equals(row.model()))
                .findFirst()
                .orElseThrow();
    }

    /** Returns the file's content. */
    JsonElement toJson() {
        return new Gson().toJsonTree(content);
    }

    /** Returns what has to be known to read it: one sentence or note each. */
    List<String> notes() {
        List<String> notes = new ArrayList<>();
        notes.add(content.source() + ". " + content.caption());
        content.columns().forEach(column -> notes.add(column.name() + ": " + column.note() + "."));
        notes.add("Not known: " + String.join("; ", content.openQuestions()) + ".");
        notes.add(content.reading());
        return notes;
    }
}

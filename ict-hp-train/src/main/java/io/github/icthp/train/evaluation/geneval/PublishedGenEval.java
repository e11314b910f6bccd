package io.github.icthp.train.evaluation.geneval;

import com.google.common.io.Resources;
import com.google.gson.Gson;

import io.github.icthp.report.Table;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Table 7 of the paper, as it was printed.
 *
 * @param caption what it shows
 * @param columns the mean, then the tasks
 * @param rows a model each
 * @param note what is wrong with it
 */
record PublishedGenEval(String caption, List<String> columns, List<Row> rows, String note) {

    /**
     * A model's line.
     *
     * @param model its name
     * @param values a score for each column
     */
    record Row(String model, List<Double> values) {}

    static PublishedGenEval table7() {
        try {
            return new Gson()
                    .fromJson(
                            Resources.toString(
                                    Resources.getResource(PublishedGenEval.class, "table7.json"),
                                    StandardCharsets.UTF_8),
                            PublishedGenEval.class);
        } catch (IOException e) {
            throw new UncheckedIOException("PublishedGenEval: table7.json cannot be read", e);
        }
    }

    /** Returns the table, below a line of ours. */
    Table table(GenEvalSummary ours) {
        List<String> header = new ArrayList<>(List.of("model"));
        header.addAll(columns);
        Table table = new Table(header, List.of());
        List<String> first = new ArrayList<>(List.of("this run"));
        for (String column : columns) {
            GenEvalSummary.Task task = ours.tasks().get(column);
            first.add(
                    column.equals("mean")
                            ? number(ours.overall())
                            : task == null ? "-" : number(task.score()));
        }
        table = table.row(first.toArray(String[]::new));
        for (Row row : rows) {
            List<String> cells = new ArrayList<>(List.of(row.model()));
            row.values().forEach(value -> cells.add(number(value)));
            table = table.row(cells.toArray(String[]::new));
        }
        return table;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }
}

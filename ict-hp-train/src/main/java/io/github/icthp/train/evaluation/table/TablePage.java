package io.github.icthp.train.evaluation.table;

import io.github.icthp.report.HtmlPage;
import io.github.icthp.report.IntervalChart;
import io.github.icthp.report.TitledTable;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Cell;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Column;

import java.util.List;
import java.util.Optional;

/** A score table as a page: tables, and a chart of means with their intervals for each column. */
final class TablePage {

    /** What a chart has room for left of its axis. */
    private static final int NAME_LENGTH = 12;

    private final ScoreTableResult result;
    private final TableText text;

    TablePage(ScoreTableResult result, TableText text) {
        this.result = result;
        this.text = text;
    }

    HtmlPage page() {
        HtmlPage page = HtmlPage.titled("Score table").lead(text.summary());
        boolean first = true;
        for (TitledTable titled : text.all()) {
            titled.addTo(page);
            if (first) {
                addCharts(page);
                first = false;
            }
        }
        return page.section("How it was made").note(text.method());
    }

    private void addCharts(HtmlPage page) {
        page.paragraph(
                "Means with their 95 % intervals, each reward on its own scale; b are base prompts,"
                        + " r refined ones. The dashed line is the first model's.");
        for (Column column : result.columns()) {
            List<Cell> cells = cells(column);
            if (!cells.isEmpty()) {
                page.figure(
                        column.name() + ", " + column.kind().scale().text(), chart(column, cells));
            }
        }
    }

    private List<Cell> cells(Column column) {
        return text.lines().stream()
                .map(line -> result.cell(line.model(), line.condition(), column.name()))
                .flatMap(Optional::stream)
                .toList();
    }

    private static IntervalChart chart(Column column, List<Cell> cells) {
        double low = cells.stream().mapToDouble(cell -> cell.mean().low()).min().orElseThrow();
        double high = cells.stream().mapToDouble(cell -> cell.mean().high()).max().orElseThrow();
        double margin = high > low ? 0.05 * (high - low) : Math.max(0.05 * Math.abs(high), 1e-3);
        return new IntervalChart(
                "means of " + column.name(),
                low - margin,
                high + margin,
                cells.get(0).mean().value(),
                cells.stream().map(TablePage::value).toList());
    }

    private static IntervalChart.Value value(Cell cell) {
        Estimate mean = cell.mean();
        return new IntervalChart.Value(
                name(cell, NAME_LENGTH),
                mean.value(),
                mean.low(),
                mean.high(),
                TableText.format("%.3f", mean.value()));
    }

    /** A short name: the model's beginning and b or r. */
    static String name(Cell cell, int length) {
        String model = cell.model();
        int characters = model.codePointCount(0, model.length());
        String cut =
                characters <= length - 2
                        ? model
                        : model.substring(0, model.offsetByCodePoints(0, length - 3)) + "…";
        return cut + " " + cell.condition().label().charAt(0);
    }
}

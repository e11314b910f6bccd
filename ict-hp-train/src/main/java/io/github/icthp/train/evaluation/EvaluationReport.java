package io.github.icthp.train.evaluation;

import io.github.icthp.report.HtmlPage;
import io.github.icthp.report.Report;
import io.github.icthp.report.Table;

import java.io.IOException;

/** An evaluation's result for people and for programs. */
public final class EvaluationReport implements Report {

    private final EvaluationResult result;
    private final EvaluationTables tables;

    private EvaluationReport(EvaluationResult result) {
        this.result = result;
        this.tables = new EvaluationTables(result);
    }

    /**
     * Reports a result.
     *
     * @param result what was found
     * @return the report
     */
    public static EvaluationReport of(EvaluationResult result) {
        return new EvaluationReport(result);
    }

    /**
     * Returns the report for a terminal.
     *
     * @return lines, each with its end
     */
    @Override
    public String toText() {
        StringBuilder text = new StringBuilder(tables.summary()).append("\n");
        tables.all().forEach(table -> text.append(table.toText()));
        result.notes().forEach(note -> text.append("\n").append(note).append("\n"));
        return text.toString();
    }

    /**
     * Returns the report in GitHub's Markdown.
     *
     * @return a document that begins with a heading of the first level
     */
    @Override
    public String toMarkdown() {
        StringBuilder text = new StringBuilder("# Evaluation\n\n");
        text.append(Table.escapeMarkdown(tables.summary())).append("\n");
        tables.all().forEach(table -> text.append(table.toMarkdown()));
        text.append("\n").append(Table.escapeMarkdown(tables.method())).append("\n\n");
        for (String line : tables.provenance()) {
            text.append("- ").append(Table.escapeMarkdown(line)).append("\n");
        }
        for (String note : result.notes()) {
            text.append("- ").append(Table.escapeMarkdown(note)).append("\n");
        }
        return text.toString();
    }

    /**
     * Returns the report for programs; docs/evaluation.md describes it.
     *
     * @return one JSON object
     */
    @Override
    public String toJson() {
        return EvaluationJson.write(result);
    }

    /**
     * Returns the report as a page with charts.
     *
     * @return the page
     */
    @Override
    public HtmlPage toHtml() {
        return new EvaluationPage(result, tables).page();
    }

    /**
     * Returns the pair accuracies with the easy prompt as a picture: grouped bars with their 95 %
     * intervals, and a line at 50 %.
     *
     * @return a PNG file's content
     * @throws IOException if it cannot be encoded
     */
    @Override
    public byte[] toPng() throws IOException {
        return new AccuracyPicture(result, tables).png();
    }
}

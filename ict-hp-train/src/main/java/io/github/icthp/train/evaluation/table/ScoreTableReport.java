package io.github.icthp.train.evaluation.table;

import io.github.icthp.report.HtmlPage;
import io.github.icthp.report.Report;
import io.github.icthp.report.Table;

import java.io.IOException;
import java.util.Optional;

/** A score table for people and for programs. */
public final class ScoreTableReport implements Report {

    private final ScoreTableResult result;
    private final Optional<PublishedTable> published;
    private final TableText text;

    private ScoreTableReport(ScoreTableResult result, Optional<PublishedTable> published) {
        this.result = result;
        this.published = published;
        this.text = new TableText(result, published);
    }

    /**
     * Reports a result.
     *
     * @param result what was found
     * @return the report
     */
    public static ScoreTableReport of(ScoreTableResult result) {
        return new ScoreTableReport(result, Optional.empty());
    }

    /**
     * Adds the published Table 6, and beside it the means of models that have a name of its rows.
     *
     * @return a report with it
     */
    public ScoreTableReport withPublished() {
        return new ScoreTableReport(result, Optional.of(PublishedTable.table6()));
    }

    /**
     * Returns the report for a terminal.
     *
     * @return lines, each with its end
     */
    @Override
    public String toText() {
        StringBuilder lines = new StringBuilder(text.summary()).append("\n");
        text.all().forEach(table -> lines.append(table.toText()));
        return lines.append("\n").append(text.method()).append("\n").toString();
    }

    /**
     * Returns the report in GitHub's Markdown.
     *
     * @return a document that begins with a heading of the first level
     */
    @Override
    public String toMarkdown() {
        StringBuilder lines = new StringBuilder("# Score table\n\n");
        lines.append(Table.escapeMarkdown(text.summary())).append("\n");
        text.all().forEach(table -> lines.append(table.toMarkdown()));
        return lines.append("\n")
                .append(Table.escapeMarkdown(text.method()))
                .append("\n")
                .toString();
    }

    /**
     * Returns the report for programs; docs/score-table.md describes it.
     *
     * @return one JSON object
     */
    @Override
    public String toJson() {
        return TableJson.write(result, published);
    }

    /**
     * Returns the report as a page with charts.
     *
     * @return the page
     */
    @Override
    public HtmlPage toHtml() {
        return new TablePage(result, text).page();
    }

    /**
     * Returns the means as a picture: a chart for each column on its own scale, with 95 %
     * intervals.
     *
     * @return a PNG file's content
     * @throws IOException if it cannot be encoded
     */
    @Override
    public byte[] toPng() throws IOException {
        return new TablePicture(result, text).png();
    }
}

package io.github.icthp.train.evaluation;

import com.google.common.io.MoreFiles;

import io.github.icthp.files.DurableFiles;
import io.github.icthp.report.HtmlPage;
import io.github.icthp.report.Table;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** An evaluation's result for people and for programs. */
public final class EvaluationReport {

    /** The endings of file names that {@link #write} knows. */
    public static final List<String> ENDINGS = List.of("txt", "json", "md", "html", "png");

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
    public String toText() {
        StringBuilder text = new StringBuilder(tables.summary()).append("\n");
        for (EvaluationTables.Titled titled : tables.all()) {
            text.append("\n").append(titled.title()).append("\n");
            text.append(titled.table().toText());
        }
        return text.toString();
    }

    /**
     * Returns the report in GitHub's Markdown.
     *
     * @return a document that begins with a heading of the first level
     */
    public String toMarkdown() {
        StringBuilder text = new StringBuilder("# Evaluation\n\n");
        text.append(Table.escapeMarkdown(tables.summary())).append("\n");
        for (EvaluationTables.Titled titled : tables.all()) {
            text.append("\n## ").append(titled.title()).append("\n\n");
            text.append(titled.table().toMarkdown());
        }
        text.append("\n").append(Table.escapeMarkdown(tables.method())).append("\n\n");
        for (String line : tables.provenance()) {
            text.append("- ").append(Table.escapeMarkdown(line)).append("\n");
        }
        return text.toString();
    }

    /**
     * Returns the report for programs; docs/evaluation.md describes it.
     *
     * @return one JSON object
     */
    public String toJson() {
        return EvaluationJson.write(result);
    }

    /**
     * Returns the report as a page with charts.
     *
     * @return the page
     */
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
    public byte[] toPng() throws IOException {
        return new AccuracyPicture(result, tables).png();
    }

    /**
     * Writes the report in the format that the file's ending tells. The file is replaced in one
     * step.
     *
     * @param file ends in one of {@link #ENDINGS}; its folder must exist
     * @throws IllegalArgumentException if it ends in something else
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        DurableFiles.write(file, content(file));
    }

    private byte[] content(Path file) throws IOException {
        return switch (MoreFiles.getFileExtension(file).toLowerCase(Locale.ROOT)) {
            case "txt" -> toText().getBytes(StandardCharsets.UTF_8);
            case "json" -> toJson().getBytes(StandardCharsets.UTF_8);
            case "md" -> toMarkdown().getBytes(StandardCharsets.UTF_8);
            case "html" -> toHtml().toHtml().getBytes(StandardCharsets.UTF_8);
            case "png" -> toPng();
            default ->
                    throw new IllegalArgumentException(
                            String.format(
                                    Locale.ROOT,
                                    "EvaluationReport: expected a file ending in one of %s, got %s",
                                    ENDINGS,
                                    file));
        };
    }
}

package io.github.icthp.examples.demo;

import io.github.icthp.examples.world.WorldGenEval;
import io.github.icthp.report.HtmlPage;
import io.github.icthp.report.Table;
import io.github.icthp.train.evaluation.geneval.GenEvalSummary;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * GenEval's tasks, beside the paper's Table 7.
 *
 * @param found ours
 */
record PaperGenEvalSection(PaperGenEval found) {

    /** The means of a base model, and of it tuned by ICT-HP. */
    String summary(String base) {
        return text(
                "%.2f → %.2f",
                found.row(base).summary().overall(),
                found.row(PaperPage.adapted(base, DemoRewards.COMBINED)).summary().overall());
    }

    void addTo(HtmlPage page) {
        page.section("GenEval's tasks")
                .paragraph(
                        "GenEval's rules and thresholds with the drawn world's prompts and its own"
                                + " detector, which finds strongly colored things by arithmetic."
                                + " The first two lines are drawings that are right: they say how"
                                + " well the detector sees. The miniature learned from pictures of"
                                + " one thing only: of two or more it was never shown any.");
        List<String> header = new ArrayList<>(List.of("model", "mean"));
        header.addAll(WorldGenEval.TASKS);
        header.add("change of the mean");
        Table table = new Table(header, List.of());
        for (PaperGenEval.Row row : found.rows()) {
            table = table.row(cells(row));
        }
        page.table(table);
        page.paragraph("Table 7 of the paper, of which these are the lines:");
        Table paper = new Table(header.subList(0, header.size() - 1), List.of());
        for (Map.Entry<String, List<Double>> row : PaperPublished.GENEVAL.entrySet()) {
            List<String> cells = new ArrayList<>(List.of(row.getKey()));
            row.getValue().forEach(value -> cells.add(text("%.2f", value)));
            paper = paper.row(cells.toArray(String[]::new));
        }
        page.table(paper);
        page.note(PaperPublished.GENEVAL_NOTE);
    }

    private String[] cells(PaperGenEval.Row row) {
        GenEvalSummary summary = row.summary();
        List<String> cells = new ArrayList<>(List.of(row.model(), text("%.3f", summary.overall())));
        for (String task : WorldGenEval.TASKS) {
            cells.add(text("%.2f", summary.tasks().get(task).score()));
        }
        cells.add(
                base(row)
                        .map(before -> row.since(before, found.seed()))
                        .map(d -> text("%+.3f (%+.3f to %+.3f)", d.difference(), d.low(), d.high()))
                        .orElse(""));
        return cells.toArray(String[]::new);
    }

    /** The model that an adapter was loaded into. */
    private Optional<PaperGenEval.Row> base(PaperGenEval.Row row) {
        return found.rows().stream()
                .filter(other -> row.model().startsWith(other.model() + " + "))
                .findFirst();
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}

package io.github.icthp.examples.demo;

import io.github.icthp.report.HtmlPage;
import io.github.icthp.report.Table;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What refined prompts do to scores, beside the paper's Table 6.
 *
 * @param found ours
 */
record PaperScoresSection(PaperScores found) {

    private static final String NONE = "–";

    /** In how many painters CLIP falls, and the paper's rewards rise. */
    String summary() {
        int all = found.rows().size();
        return DemoRewards.ALL.stream()
                        .map(
                                column ->
                                        column.equals(DemoRewards.CLIP)
                                                ? found.falls(column)
                                                : all - found.falls(column))
                        .map(String::valueOf)
                        .collect(Collectors.joining(", ", "in ", ""))
                + " of "
                + all;
    }

    void addTo(HtmlPage page) {
        page.section("Scores of base and of refined prompts")
                .paragraph(
                        "As in Table 6, pictures of a base prompt (e) and of its refined prompt (r)"
                                + " are scored with the base prompt. The miniature diffusion model"
                                + " cannot read refined prompts, so painters of the drawn world"
                                + " stand in the generators' place: of a refined prompt they paint"
                                + " a rich picture, and one that misses a detail misses it in both"
                                + " pictures. An arrow marks a change whose 95 % interval leaves out 0.");
        List<String> columns = List.copyOf(found.rows().get(0).columns().keySet());
        List<String> header = new ArrayList<>(List.of("painter"));
        header.addAll(columns);
        Table table = new Table(header, List.of());
        for (PaperScores.Row row : found.rows()) {
            table = table.row(cells(row, " e", PaperScoresSection::before));
            table = table.row(cells(row, " r", PaperScoresSection::after));
        }
        page.table(table);
        page.paragraph("The same by column, beside the paper's six generators:");
        page.table(byColumn(columns));
    }

    private static String[] cells(
            PaperScores.Row row, String condition, Function<PairedDifference, String> cell) {
        List<String> cells = new ArrayList<>(List.of(row.painter() + condition));
        row.columns().values().forEach(value -> cells.add(cell.apply(value)));
        return cells.toArray(String[]::new);
    }

    private static String before(PairedDifference value) {
        return text("%.3f", value.before());
    }

    private static String after(PairedDifference value) {
        String arrow = value.low() > 0 ? "↑" : value.high() < 0 ? "↓" : "";
        return text("%.3f%s", value.after(), arrow);
    }

    private Table byColumn(List<String> columns) {
        Table table =
                Table.of("column", "paper: lower", "mean change", "here: lower", "mean change");
        for (String column : columns) {
            List<Double> paper = PaperPublished.changes(column);
            List<Double> ours =
                    found.rows().stream()
                            .map(PaperScores.Row::columns)
                            .map((Map<String, PairedDifference> all) -> all.get(column))
                            .map(PairedDifference::difference)
                            .toList();
            table =
                    table.row(
                            column,
                            paper.isEmpty() ? NONE : lower(paper),
                            paper.isEmpty() ? NONE : mean(paper),
                            lower(ours),
                            mean(ours));
        }
        return table;
    }

    private static String lower(List<Double> changes) {
        return text(
                "%d of %d", changes.stream().filter(change -> change < 0).count(), changes.size());
    }

    private static String mean(List<Double> changes) {
        return text("%+.3f", changes.stream().mapToDouble(change -> change).average().orElse(0));
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}

package io.github.icthp.report;

import com.google.common.base.Preconditions;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A table of text, the same in every format. The first column names its row and stands left, the
 * others are numbers and stand right.
 *
 * @param columns the columns' names, at least one
 * @param rows as many cells in each as there are columns
 */
public record Table(List<String> columns, List<List<String>> rows) {

    /**
     * Copies the cells.
     *
     * @param columns the columns' names, at least one
     * @param rows as many cells in each as there are columns
     * @throws IllegalArgumentException if there are no columns, or a row has more or fewer cells
     */
    public Table {
        columns = List.copyOf(columns);
        rows = rows.stream().map(List::copyOf).toList();
        Preconditions.checkArgument(!columns.isEmpty(), "Table: expected columns, got none");
        for (List<String> row : rows) {
            Preconditions.checkArgument(
                    row.size() == columns.size(),
                    "Table: expected a cell for each of %s, got %s",
                    columns,
                    row);
        }
    }

    /**
     * Begins a table.
     *
     * @param columns the columns' names
     * @return a table without rows
     */
    public static Table of(String... columns) {
        return new Table(List.of(columns), List.of());
    }

    /**
     * Adds a row.
     *
     * @param cells a cell for each column
     * @return a table with one row more
     */
    public Table row(String... cells) {
        List<List<String>> more = new ArrayList<>(rows);
        more.add(List.of(cells));
        return new Table(columns, more);
    }

    /**
     * Returns the table for a terminal.
     *
     * @return lines of equal structure, each with its end
     */
    public String toText() {
        List<List<String>> lines =
                Stream.concat(Stream.of(columns), rows.stream())
                        .map(line -> line.stream().map(Table::oneLine).toList())
                        .toList();
        int[] widths =
                IntStream.range(0, columns.size())
                        .map(
                                c ->
                                        lines.stream()
                                                .mapToInt(line -> length(line.get(c)))
                                                .max()
                                                .orElse(0))
                        .toArray();
        return lines.stream().map(line -> text(line, widths)).collect(Collectors.joining());
    }

    private static String text(List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int c = 0; c < widths.length; c++) {
            String gap = " ".repeat(widths[c] - length(cells.get(c)));
            line.append(c == 0 ? cells.get(c) + gap : "  " + gap + cells.get(c));
        }
        return line.toString().stripTrailing() + "\n";
    }

    private static int length(String cell) {
        return cell.codePointCount(0, cell.length());
    }

    private static String oneLine(String cell) {
        return cell.replaceAll("\\s+", " ");
    }

    /**
     * Returns the table in GitHub's Markdown.
     *
     * @return lines, each with its end; what Markdown or HTML would read as a sign is escaped
     */
    public String toMarkdown() {
        String rule = "|---|" + "---:|".repeat(columns.size() - 1) + "\n";
        return markdown(columns)
                + rule
                + rows.stream().map(Table::markdown).collect(Collectors.joining());
    }

    /**
     * Escapes text for Markdown.
     *
     * @param text any text
     * @return text that Markdown shows as it was, on one line
     */
    public static String escapeMarkdown(String text) {
        return Html.markdown(oneLine(text));
    }

    private static String markdown(List<String> cells) {
        return cells.stream()
                .map(cell -> " " + escapeMarkdown(cell) + " |")
                .collect(Collectors.joining("", "|", "\n"));
    }

    String toHtml() {
        return "<div class=\"wide\"><table>\n<thead><tr>"
                + columns.stream()
                        .map(name -> "<th scope=\"col\">" + Html.escape(name) + "</th>")
                        .collect(Collectors.joining())
                + "</tr></thead>\n<tbody>\n"
                + rows.stream().map(Table::html).collect(Collectors.joining())
                + "</tbody></table></div>\n";
    }

    private static String html(List<String> cells) {
        return "<tr><th scope=\"row\">"
                + Html.escape(cells.get(0))
                + "</th>"
                + cells.stream()
                        .skip(1)
                        .map(cell -> "<td>" + Html.escape(cell) + "</td>")
                        .collect(Collectors.joining())
                + "</tr>\n";
    }
}

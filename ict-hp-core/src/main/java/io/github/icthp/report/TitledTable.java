package io.github.icthp.report;

import com.google.common.collect.ImmutableList;

import java.util.List;

/**
 * A table of a report with its heading and what must be said of it, the same in every format.
 *
 * @param title a heading
 * @param table the table
 * @param notes sentences below it
 */
public record TitledTable(String title, Table table, List<String> notes) {

    /**
     * Copies the notes.
     *
     * @param title a heading
     * @param table the table
     * @param notes sentences below it
     */
    public TitledTable {
        notes = ImmutableList.copyOf(notes);
    }

    /**
     * A table that needs no notes.
     *
     * @param title a heading
     * @param table the table
     */
    public TitledTable(String title, Table table) {
        this(title, table, ImmutableList.of());
    }

    /**
     * Returns it for a terminal.
     *
     * @return lines that begin with an empty one, each with its end
     */
    public String toText() {
        StringBuilder text = new StringBuilder("\n" + title + "\n" + table.toText());
        notes.forEach(note -> text.append(note).append("\n"));
        return text.toString();
    }

    /**
     * Returns it in GitHub's Markdown, with a heading of the second level.
     *
     * @return lines that begin with an empty one, each with its end
     */
    public String toMarkdown() {
        StringBuilder text = new StringBuilder("\n## " + title + "\n\n" + table.toMarkdown());
        notes.forEach(note -> text.append("\n").append(Table.escapeMarkdown(note)).append("\n"));
        return text.toString();
    }

    /**
     * Adds it to a page as a section.
     *
     * @param page the page
     */
    public void addTo(HtmlPage page) {
        page.section(title).table(table);
        notes.forEach(page::note);
    }
}

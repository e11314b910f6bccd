package io.github.icthp.report;

import com.google.common.io.Resources;

import io.github.icthp.files.DurableFiles;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A page of HTML that needs nothing but itself: no script, no font, no address is fetched. It
 * follows the reader's choice of light or dark, and fits a telephone.
 *
 * <pre>{@code
 * HtmlPage.titled("Evaluation").lead("1,000 triplets")
 *         .section("Pair accuracy").table(Table.of("reward", "mean").row("ICT", "87.6"))
 *         .figure("Scores", chart)
 *         .write(Path.of("report.html"));
 * }</pre>
 *
 * <p>Every text is escaped: prompts may hold markup. Parts appear in the order in which they are
 * added.
 */
public final class HtmlPage {

    private final String title;
    private final StringBuilder body = new StringBuilder();
    private boolean inFigures;

    private HtmlPage(String title) {
        this.title = title;
    }

    /**
     * Begins a page.
     *
     * @param title its title and first heading
     * @return an empty page
     */
    public static HtmlPage titled(String title) {
        return new HtmlPage(title);
    }

    /**
     * Adds what the page is about.
     *
     * @param text one or two sentences
     * @return this
     */
    public HtmlPage lead(String text) {
        return add("<p class=\"lead\">" + Html.escape(text) + "</p>\n");
    }

    /**
     * Begins a section.
     *
     * @param heading its heading
     * @return this
     */
    public HtmlPage section(String heading) {
        return add("<h2>" + Html.escape(heading) + "</h2>\n");
    }

    /**
     * Adds a paragraph.
     *
     * @param text its text
     * @return this
     */
    public HtmlPage paragraph(String text) {
        return add("<p>" + Html.escape(text) + "</p>\n");
    }

    /**
     * Adds small print.
     *
     * @param text how something was made, for example
     * @return this
     */
    public HtmlPage note(String text) {
        return add("<p class=\"note\">" + Html.escape(text) + "</p>\n");
    }

    /**
     * Adds a table, which scrolls by itself where it is wider than the page.
     *
     * @param table the table
     * @return this
     */
    public HtmlPage table(Table table) {
        return add(table.toHtml());
    }

    /**
     * Adds a chart. Charts that follow one another stand side by side where there is room.
     *
     * @param caption what it shows
     * @param chart the chart
     * @return this
     */
    public HtmlPage figure(String caption, Chart chart) {
        if (!inFigures) {
            body.append("<div class=\"charts\">\n");
            inFigures = true;
        }
        body.append("<figure><figcaption>")
                .append(Html.escape(caption))
                .append("</figcaption>\n")
                .append(chart.toSvg())
                .append("</figure>\n");
        return this;
    }

    /**
     * Adds pictures; their pixels become part of the page.
     *
     * @param grid the pictures
     * @return this
     */
    public HtmlPage pictures(PictureGrid grid) {
        return add(grid.toHtml());
    }

    private HtmlPage add(String html) {
        if (inFigures) {
            body.append("</div>\n");
            inFigures = false;
        }
        body.append(html);
        return this;
    }

    /**
     * Returns the page.
     *
     * @return a whole document
     */
    public String toHtml() {
        String heading = Html.escape(title);
        return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                + "<meta name=\"color-scheme\" content=\"light dark\">\n<title>"
                + heading
                + "</title>\n<style>\n"
                + style()
                + "</style>\n</head>\n<body>\n<main>\n<h1>"
                + heading
                + "</h1>\n"
                + body
                + (inFigures ? "</div>\n" : "")
                + "</main>\n</body>\n</html>\n";
    }

    private static String style() {
        try {
            return Resources.toString(
                    Resources.getResource(HtmlPage.class, "page.css"), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("HtmlPage: page.css cannot be read", e);
        }
    }

    /**
     * Writes the page. The file is replaced in one step: it is never there in part.
     *
     * @param file its file; its folder must exist
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        DurableFiles.write(file, toHtml());
    }
}

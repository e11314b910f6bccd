package io.github.icthp.report;

import com.google.common.io.MoreFiles;

import io.github.icthp.files.DurableFiles;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** A result for people and for programs, in the formats that a file's ending tells. */
public interface Report {

    /** The endings of file names that {@link #write} knows. */
    List<String> ENDINGS = List.of("txt", "json", "md", "html", "png");

    /**
     * Returns the report for a terminal.
     *
     * @return lines, each with its end
     */
    String toText();

    /**
     * Returns the report for programs.
     *
     * @return one JSON object
     */
    String toJson();

    /**
     * Returns the report in GitHub's Markdown.
     *
     * @return a document that begins with a heading of the first level
     */
    String toMarkdown();

    /**
     * Returns the report as a page with charts.
     *
     * @return the page
     */
    HtmlPage toHtml();

    /**
     * Returns the report's main chart.
     *
     * @return a PNG file's content
     * @throws IOException if it cannot be encoded
     */
    byte[] toPng() throws IOException;

    /**
     * Writes the report in the format that the file's ending tells. The file is replaced in one
     * step.
     *
     * @param file ends in one of {@link #ENDINGS}; its folder must exist
     * @throws IllegalArgumentException if it ends in something else
     * @throws IOException if it cannot be written
     */
    default void write(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            throw new NoSuchFileException(file.toString(), null, "there is no folder " + folder);
        }
        byte[] content =
                switch (MoreFiles.getFileExtension(file).toLowerCase(Locale.ROOT)) {
                    case "txt" -> toText().getBytes(StandardCharsets.UTF_8);
                    case "json" -> toJson().getBytes(StandardCharsets.UTF_8);
                    case "md" -> toMarkdown().getBytes(StandardCharsets.UTF_8);
                    case "html" -> toHtml().toHtml().getBytes(StandardCharsets.UTF_8);
                    case "png" -> toPng();
                    default ->
                            throw new IllegalArgumentException(
                                    String.format(
                                            Locale.ROOT,
                                            "%s: expected a file ending in one of %s, got %s",
                                            getClass().getSimpleName(),
                                            ENDINGS,
                                            file));
                };
        DurableFiles.write(file, content);
    }
}

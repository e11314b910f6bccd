package io.github.icthp.examples.input;

import com.google.common.collect.Streams;
import com.google.common.io.Closeables;

import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.files.CsvRows;

import java.io.BufferedReader;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Pairs from a CSV file whose header names {@code image} and, where needed, {@code prompt}. */
final class PairCsv {

    private static final String IMAGE = "image";
    private static final String PROMPT = "prompt";

    private final PairRows rows;
    private final List<String> header;
    private final int image;
    private final int prompt;

    private PairCsv(PairRows rows, CsvRows.Row header) {
        this.rows = rows;
        this.header = header.fields().stream().map(String::strip).toList();
        this.image = column(IMAGE, header.line());
        this.prompt = column(PROMPT, header.line());
        requireImage(header.line());
    }

    /**
     * Reads the rows after the header.
     *
     * @throws UnusableException if the header or, when it is reached, a row is damaged
     */
    @SuppressWarnings("StreamResourceLeak") // the caller closes what it is given, and so the file
    static Stream<PairRow> read(PairRows rows) {
        BufferedReader text = rows.text();
        try {
            CsvRows all = new CsvRows(text, rows.problems());
            if (!all.hasNext()) {
                throw rows.damaged(1, " must be a header with a column image; the file is empty");
            }
            PairCsv csv = new PairCsv(rows, all.next());
            return Streams.stream(all).map(csv::pair).onClose(() -> Closeables.closeQuietly(text));
        } catch (RuntimeException e) {
            Closeables.closeQuietly(text);
            throw e;
        }
    }

    /** The place of a column: as it is named, or the only one in capital letters; -1 for none. */
    private int column(String name, long line) {
        List<String> found = header.stream().filter(name::equals).toList();
        if (found.isEmpty()) {
            found = header.stream().filter(name::equalsIgnoreCase).toList();
        }
        if (found.size() > 1) {
            throw rows.damaged(
                    line,
                    String.format(
                            Locale.ROOT,
                            ": the header names %s %d times: %s; name it once, in lower case",
                            name,
                            found.size(),
                            header));
        }
        return found.isEmpty() ? -1 : header.indexOf(found.get(0));
    }

    private void requireImage(long line) {
        if (image < 0) {
            boolean other = header.size() == 1 && header.get(0).matches(".*[;\t].*");
            throw rows.damaged(
                    line,
                    " must be a header with a column image; it names "
                            + header
                            + (other ? ": separate columns by commas" : ""));
        }
    }

    private PairRow pair(CsvRows.Row row) {
        int found = row.fields().size();
        if (found != header.size()) {
            throw rows.damaged(
                    row.line(),
                    " has "
                            + found
                            + (found == 1 ? " field" : " fields")
                            + ", the header "
                            + header.size()
                            + (found > header.size()
                                    ? ": put prompts with commas in quotes"
                                    : ": give every row a field for each column"));
        }
        return rows.pair(row.line(), field(row, image), field(row, prompt));
    }

    private static Optional<String> field(CsvRows.Row row, int column) {
        return column < 0 ? Optional.empty() : Optional.of(row.fields().get(column));
    }
}

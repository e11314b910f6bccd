package io.github.icthp.examples;

import com.google.common.collect.Streams;
import com.google.common.io.Closeables;

import java.io.BufferedReader;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Pairs from a CSV file whose header names {@code image} and, where needed, {@code prompt}. */
final class PairCsv {

    private static final String IMAGE = "image";
    private static final String PROMPT = "prompt";

    private final PairRows rows;
    private final List<String> header;

    private PairCsv(PairRows rows, CsvRows.Row header) {
        this.rows = rows;
        this.header = header.fields().stream().map(String::strip).toList();
        check(header.line());
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
            CsvRows all = new CsvRows(text, rows);
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

    private void check(long line) {
        if (!header.contains(IMAGE)) {
            boolean other = header.size() == 1 && header.get(0).matches(".*[;\t].*");
            throw rows.damaged(
                    line,
                    " must be a header with a column image; it names "
                            + header
                            + (other ? ": separate columns by commas" : ""));
        }
        for (String name : List.of(IMAGE, PROMPT)) {
            long times = header.stream().filter(name::equals).count();
            if (times > 1) {
                throw rows.damaged(
                        line, ": the header names " + name + " " + times + " times: " + header);
            }
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
        return rows.pair(row.line(), field(row, IMAGE), field(row, PROMPT));
    }

    private Optional<String> field(CsvRows.Row row, String name) {
        int column = header.indexOf(name);
        return column < 0 ? Optional.empty() : Optional.of(row.fields().get(column));
    }
}

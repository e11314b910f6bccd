package io.github.icthp.files;

import com.google.common.collect.AbstractIterator;

import io.github.icthp.files.CsvRows.Problems;

import org.jspecify.annotations.Nullable;

import java.io.Reader;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the rows of a CSV text (RFC 4180) by the names of its header, which is the first line. A
 * row with more or fewer fields than the header ends the reading.
 */
public final class NamedCsvRows extends AbstractIterator<NamedCsvRows.Row> {

    private final CsvRows rows;
    private final Problems problems;
    private final List<String> header;

    /**
     * A row that is not blank.
     *
     * @param line where it begins, from 1
     * @param values its fields by the header's names, in the header's order
     */
    public record Row(long line, Map<String, String> values) {

        /**
         * Makes the fields unmodifiable.
         *
         * @param line where it begins
         * @param values its fields, not to be changed any more
         */
        public Row {
            values = Collections.unmodifiableMap(values);
        }
    }

    /**
     * Begins, and reads the header.
     *
     * @param in the text, read as its rows are asked for; the caller closes it
     * @param problems makes exceptions
     */
    public NamedCsvRows(Reader in, Problems problems) {
        this.rows = new CsvRows(in, problems);
        this.problems = problems;
        this.header =
                rows.hasNext() && rows.peek().line() == 1
                        ? rows.next().fields().stream().map(String::strip).toList()
                        : List.of();
        if (new HashSet<>(header).size() < header.size()) {
            throw problems.damaged(1, "a header must name a column once, got " + header);
        }
    }

    /**
     * Returns the names of the columns.
     *
     * @return the names in the file's order; none if the first line is blank
     */
    public List<String> header() {
        return header;
    }

    @Override
    protected @Nullable Row computeNext() {
        if (!rows.hasNext()) {
            return endOfData();
        }
        CsvRows.Row row = rows.next();
        List<String> fields = row.fields();
        if (fields.size() != header.size()) {
            throw problems.damaged(
                    row.line(),
                    "the header has "
                            + header.size()
                            + " fields, this row "
                            + fields.size()
                            + ": put texts with commas in quotes");
        }
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < fields.size(); i++) {
            values.put(header.get(i), fields.get(i));
        }
        return new Row(row.line(), values);
    }
}

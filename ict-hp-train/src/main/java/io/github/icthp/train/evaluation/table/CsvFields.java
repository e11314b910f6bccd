package io.github.icthp.train.evaluation.table;

import com.google.common.collect.AbstractIterator;

import io.github.icthp.files.CsvRows;
import io.github.icthp.train.evaluation.table.Manifest.Fields;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Rows of a CSV text (RFC 4180) by the names of its header. */
final class CsvFields extends AbstractIterator<Fields> {

    private static final Set<String> NEEDED = Set.of("model", "prompt", "image");

    private final Path file;
    private final CsvRows rows;
    private final List<String> header;

    private CsvFields(Reader in, Path file) {
        this.file = file;
        this.rows = new CsvRows(in, new Problems(file));
        this.header =
                rows.hasNext() && rows.peek().line() == 1
                        ? rows.next().fields().stream().map(String::strip).toList()
                        : List.of();
        if (!header.containsAll(NEEDED) || new HashSet<>(header).size() < header.size()) {
            throw Manifest.damaged(
                    file,
                    1,
                    "must be a header that names model, prompt and image once each, separated by"
                            + " commas; it names "
                            + header);
        }
    }

    static Iterator<Fields> of(Reader in, Path file) {
        return new CsvFields(in, file);
    }

    @Override
    protected @Nullable Fields computeNext() {
        return rows.hasNext() ? named(rows.next()) : endOfData();
    }

    private Fields named(CsvRows.Row row) {
        List<String> fields = row.fields();
        if (fields.size() != header.size()) {
            throw Manifest.damaged(
                    file,
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
        return new Fields(row.line(), values);
    }

    private record Problems(Path file) implements CsvRows.Problems {

        @Override
        public RuntimeException damaged(long line, String problem) {
            return Manifest.damaged(file, line, problem);
        }

        @Override
        public RuntimeException unreadable(IOException cause) {
            return Manifest.unreadable(file, cause);
        }
    }
}

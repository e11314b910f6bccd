package io.github.icthp.train.evaluation.table;

import com.google.common.collect.Iterators;

import io.github.icthp.files.CsvRows;
import io.github.icthp.files.NamedCsvRows;
import io.github.icthp.train.evaluation.table.Manifest.Fields;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Set;

/** Rows of a CSV text (RFC 4180) by the names of its header. */
final class CsvFields {

    private static final Set<String> NEEDED = Set.of("model", "prompt", "image");

    private CsvFields() {}

    static Iterator<Fields> of(Reader in, Path file) {
        NamedCsvRows rows = new NamedCsvRows(in, new Problems(file));
        if (!rows.header().containsAll(NEEDED)) {
            throw Manifest.damaged(
                    file,
                    1,
                    "must be a header that names model, prompt and image once each, separated by"
                            + " commas; it names "
                            + rows.header());
        }
        return Iterators.transform(rows, row -> new Fields(row.line(), row.values()));
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

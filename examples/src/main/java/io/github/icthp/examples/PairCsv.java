package io.github.icthp.examples;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;

import io.github.icthp.PromptImage;

import java.util.stream.Stream;

/** Pairs from a CSV file whose header names {@code image} and, where needed, {@code prompt}. */
final class PairCsv {

    private PairCsv() {}

    static Stream<PromptImage> read(PairSource.PairRows rows) {
        return CsvReader.builder().ofNamedCsvRecord(rows.text()).stream()
                .map(row -> pair(rows, row));
    }

    private static PromptImage pair(PairSource.PairRows rows, NamedCsvRecord row) {
        if (!row.getHeader().contains("image")) {
            throw rows.damaged(
                    1, "must be a header with a column image; it names " + row.getHeader());
        }
        return rows.pair(
                row.getStartingLineNumber(), row.findField("image"), row.findField("prompt"));
    }
}

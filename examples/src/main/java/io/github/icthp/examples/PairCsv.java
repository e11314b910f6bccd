package io.github.icthp.examples;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;

import io.github.icthp.PromptImage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.stream.Stream;

/** Pairs from a CSV file whose header names {@code image} and, where needed, {@code prompt}. */
final class PairCsv {

    private PairCsv() {}

    static Stream<PromptImage> read(PairSource.PairRows rows) {
        CsvReader<NamedCsvRecord> reader;
        try {
            reader = CsvReader.builder().ofNamedCsvRecord(rows.file());
        } catch (IOException e) {
            throw new UncheckedIOException("--pairs: cannot read " + rows.file(), e);
        }
        return reader.stream()
                .map(
                        row ->
                                rows.pair(
                                        row.getStartingLineNumber(),
                                        row.findField("image"),
                                        row.findField("prompt")));
    }
}

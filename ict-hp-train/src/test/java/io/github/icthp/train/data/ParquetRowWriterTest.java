package io.github.icthp.train.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.LocalInputFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class ParquetRowWriterTest {

    @TempDir private Path folder;

    private Path write(String name) throws IOException {
        Path file = folder.resolve(name);
        List<String> columns = List.of(TripletColumns.TEXTS.iterator().next(), "E1");
        try (ParquetRowWriter out = new ParquetRowWriter(file, columns)) {
            for (int row = 0; row < 200; row++) {
                out.write(Map.of(columns.get(0), "a f\u00f6x", "E1", row % 2 == 0 ? 0.25 : 1.0));
            }
        }
        return file;
    }

    /**
     * The footer lists a column's encodings in the order of a hash set of enum constants, which is
     * another in every process: with more than one, the same rows are other bytes.
     */
    @Test
    void theSameRowsAreTheSameBytesInEveryProcess() throws IOException {
        Path file = write("a.parquet");
        assertThat(write("b.parquet")).hasSameBinaryContentAs(file);
        assertThat(Files.size(file)).isLessThan(2000);
        try (ParquetFileReader in = ParquetFileReader.open(new LocalInputFile(file))) {
            assertThat(in.getRecordCount()).isEqualTo(200);
            assertThat(in.getRowGroups().get(0).getColumns())
                    .hasSize(2)
                    .allSatisfy(column -> assertThat(column.getEncodings()).hasSize(1));
        }
    }
}

package io.github.icthp.train.data;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;

import io.github.icthp.files.TemporaryFiles;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;

/**
 * Rows of a table file by number, whatever its format, in bounded memory.
 *
 * <p>JSON lines are read in place. Other formats are first copied as JSON lines to a temporary
 * file, because they cannot be read row by row in shuffled order.
 */
final class TripletTable implements Closeable {

    /** No table has such a row; a file without line breaks must not be read as one. */
    private static final int MAX_LINE_BYTES = 16 << 20;

    /** If none of so many rows is a triplet, the file is no table of triplets. */
    private static final int CHECKED_ROWS = 100;

    private final Path source;
    private final LineFile lines;
    private final boolean labels;
    private final boolean labeled;

    private TripletTable(Path source, LineFile lines, boolean labels, boolean labeled) {
        this.source = source;
        this.lines = lines;
        this.labels = labels;
        this.labeled = labeled;
    }

    /**
     * Opens a table; the format is told by the file's ending.
     *
     * @param labels whether labels are read; otherwise their columns may hold anything
     * @throws DatasetException if it cannot be read as a table of triplets
     */
    static TripletTable open(Path table, boolean labels) {
        if (!Files.isRegularFile(table)) {
            throw new DatasetException(
                    table + ": no such file; expected a table ending in " + TableFiles.ENDINGS);
        }
        try {
            return switch (TableFiles.ending(table)) {
                case "jsonl" -> openLines(table, labels);
                case "pkl" -> convert(table, labels, new PickleFormat());
                case "parquet" -> convert(table, labels, new ParquetFormat());
                default ->
                        throw new DatasetException(
                                String.format(
                                        Locale.ROOT,
                                        "%s: unknown kind of table; expected a file ending in %s",
                                        table,
                                        TableFiles.ENDINGS));
            };
        } catch (IOException e) {
            throw new DatasetException(
                    String.format(
                            Locale.ROOT,
                            "%s: cannot be read, or not be copied to the folder for temporary files: %s",
                            table,
                            e),
                    e);
        }
    }

    private static TripletTable openLines(Path table, boolean labels) throws IOException {
        LineFile lines = new LineFile(table);
        try {
            boolean labeled = lines.size() > 0 && labeled(table, lines, labels);
            return new TripletTable(table, lines, labels, labeled);
        } catch (IOException | RuntimeException e) {
            lines.close();
            throw e;
        }
    }

    /**
     * Checks the columns of the first row that has what a triplet needs: rows before it are bad
     * alone, as any other.
     */
    private static boolean labeled(Path table, LineFile lines, boolean labels) throws IOException {
        DatasetException first = null;
        String source = table.toString();
        for (int row = 0; row < Math.min(lines.size(), CHECKED_ROWS); row++) {
            try {
                int number = row;
                byte[] line = line(table, lines, row);
                return TripletColumns.check(
                        source,
                        JsonRowReader.columns(source, row, line, () -> lines.fileLine(number)),
                        labels);
            } catch (DatasetException e) {
                first = first == null ? e : first;
            }
        }
        throw Objects.requireNonNull(first);
    }

    private static TripletTable convert(Path table, boolean labels, TableFormat format)
            throws IOException {
        Path copy = TemporaryFiles.file("ict-hp-rows-", ".jsonl");
        try {
            boolean labeled;
            try (JsonRowWriter rows = new JsonRowWriter(copy)) {
                labeled = format.copy(table, labels, rows);
            }
            return new TripletTable(table, new LineFile(copy), labels, labeled);
        } finally {
            deleteOpen(copy);
        }
    }

    /** Deletes a file that stays readable through its open handle, where the system allows that. */
    private static void deleteOpen(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            file.toFile().deleteOnExit();
        }
    }

    /** The same table, open as long as this one, without its labels. */
    TripletTable withoutLabels() {
        return new TripletTable(source, lines, false, false);
    }

    int size() {
        return lines.size();
    }

    boolean labeled() {
        return labeled;
    }

    /**
     * Reads a row.
     *
     * @throws BadRowException naming the column if the row is no triplet
     */
    TableRow row(int number) {
        try {
            return JsonRowReader.read(
                    source.toString(),
                    number,
                    line(source, lines, number),
                    () -> lines.fileLine(number),
                    labels);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    String.format(
                            Locale.ROOT,
                            "%s: row %d cannot be read; was the data set closed or the file changed?",
                            source,
                            number),
                    e);
        }
    }

    private static byte[] line(Path source, LineFile lines, int number) throws IOException {
        long length = lines.length(number);
        if (length > MAX_LINE_BYTES) {
            throw new BadRowException(
                    source.toString(),
                    number,
                    JsonRowReader.LINE,
                    String.format(
                            Locale.ROOT,
                            "expected at most %d bytes, got %d",
                            MAX_LINE_BYTES,
                            length),
                    null);
        }
        return lines.line(number);
    }

    /** Hashes the table file. */
    String sha256() {
        try {
            return MoreFiles.asByteSource(source).hash(Hashing.sha256()).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(source + ": cannot be hashed", e);
        }
    }

    @Override
    public void close() {
        try {
            lines.close();
        } catch (IOException e) {
            throw new UncheckedIOException(source + ": cannot be closed", e);
        }
    }
}

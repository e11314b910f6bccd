package io.github.icthp.train.data;

import io.github.icthp.files.DurableFiles;
import io.github.icthp.files.FolderFiles;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A table being written. It appears under its name only when it is whole: rows go to a temporary
 * file beside it, which {@link #commit} moves into place and {@link #close} without a commit
 * deletes.
 */
final class TableOutput implements Closeable {

    private final Path target;
    private final Path temporary;
    private final List<String> columns;
    private final RowWriter rows;

    /**
     * Starts a table; the format is told by the ending of its name.
     *
     * @throws DatasetException if tables of that ending cannot be written
     */
    TableOutput(Path target, boolean labeled) throws IOException {
        this.target = target;
        this.temporary =
                target.resolveSibling("." + target.getFileName() + DurableFiles.UNFINISHED);
        this.columns = labeled ? TripletColumns.ALL : TripletColumns.TEXTS;
        String ending = TableFiles.ending(target);
        if (!TableFiles.WRITABLE.contains(ending)) {
            throw new DatasetException(
                    String.format(
                            Locale.ROOT,
                            "%s: expected a table ending in %s to write",
                            target,
                            TableFiles.WRITABLE));
        }
        FolderFiles.make(target.toAbsolutePath().getParent());
        Files.deleteIfExists(temporary);
        this.rows =
                ending.equals("parquet")
                        ? new ParquetRowWriter(temporary, columns)
                        : new JsonRowWriter(temporary);
    }

    /** Writes a row; it must have targets if the table is labeled. */
    void write(TableRow row) throws IOException {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        values.put(TripletColumns.EASY_PROMPT, row.easyPrompt());
        values.put(TripletColumns.REFINED_PROMPT, row.refinedPrompt());
        for (int rank = 0; rank < 3; rank++) {
            values.put(TripletColumns.IMAGES.get(rank), row.images().get(rank));
        }
        if (columns.size() > values.size()) {
            IctTargets targets = row.targets().orElseThrow().clamped();
            values.put("E1", targets.e1());
            values.put("E2", targets.e2());
            values.put("R1", targets.r1());
            values.put("R2", targets.r2());
        }
        rows.write(values);
    }

    /** Closes the table and gives it its name. */
    void commit() throws IOException {
        rows.close();
        DurableFiles.publish(temporary, target);
    }

    @Override
    public void close() throws IOException {
        try {
            rows.close();
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}

package io.github.icthp.train.data;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import io.github.icthp.files.FolderFiles;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;

/**
 * Skips bad rows, counts them, and lists each once in a file: one JSON object to a line with {@code
 * row}, {@code column} and {@code problem}.
 *
 * <p>A list that exists already is added to, so that a resumed run lists no row twice.
 */
public final class BadRowLog implements BadRowHandler {

    private final Path file;
    private final Set<Long> rows = new HashSet<>();

    /**
     * Opens a list. Nothing is written until there is a bad row.
     *
     * @param file the list's file
     * @throws IOException if the file exists and cannot be read
     */
    public BadRowLog(Path file) throws IOException {
        this.file = file;
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file)) {
                remember(line);
            }
        }
    }

    private void remember(String line) {
        try {
            rows.add(JsonParser.parseString(line).getAsJsonObject().get("row").getAsLong());
        } catch (JsonParseException | IllegalStateException | NullPointerException e) {
            // A line that a killed run left unfinished; its row will be listed again.
        }
    }

    /**
     * Returns how many rows are listed.
     *
     * @return the number of different bad rows
     */
    public synchronized int count() {
        return rows.size();
    }

    @Override
    public synchronized void accept(BadRowException bad) {
        if (!rows.add(bad.row())) {
            return;
        }
        JsonObject entry = new JsonObject();
        entry.addProperty("row", bad.row());
        entry.addProperty("column", bad.column());
        entry.addProperty("problem", bad.problem());
        try {
            FolderFiles.make(file.toAbsolutePath().getParent());
            // The break comes first, so that a line cut short by a kill stays apart.
            Files.writeString(
                    file,
                    (Files.exists(file) ? "\n" : "") + entry,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": the list of bad rows cannot be written", e);
        }
    }
}

package io.github.icthp.train.evaluation.table;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import io.github.icthp.train.data.DatasetException;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Scores on the disk, so that an interrupted table resumes: JSON lines that are only ever appended,
 * a block of rows and a column at once. A killed process may leave half a line at the end, which is
 * cut off.
 */
final class ScoreState implements Closeable {

    private static final String SCHEMA = "ict-hp score table scores 1";
    private static final String HEADER = "{\"schema\":\"" + SCHEMA + "\"}\n";
    private static final Gson GSON =
            new GsonBuilder().disableHtmlEscaping().serializeSpecialFloatingPointValues().create();

    private final Path file;
    private final FileChannel channel;
    private final Map<String, JsonObject> columns = new HashMap<>();

    private ScoreState(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * A score that was computed.
     *
     * @param row the row's number
     * @param score the score; NaN if the picture failed
     * @param error why it failed; null if it did not
     */
    record Scored(int row, double score, @Nullable String error) {}

    /** Takes scores of an earlier run. */
    @FunctionalInterface
    interface Earlier {
        void put(String column, Scored scored);
    }

    /**
     * Opens a file, or begins one.
     *
     * @param file the file; its folder must exist
     * @param index the rows
     * @param earlier is given what the file holds of these rows
     * @throws DatasetException if it is damaged, is another kind of file, or another process has it
     */
    static ScoreState open(Path file, RowIndex index, Earlier earlier) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        try {
            lock(file, channel);
            requireOurs(file, channel);
            cutHalfLine(file, channel);
            ScoreState state = new ScoreState(file, channel);
            if (channel.size() == 0) {
                state.append(HEADER);
            } else {
                state.read(index, earlier);
            }
            return state;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static void lock(Path file, FileChannel channel) throws IOException {
        Optional<FileLock> lock;
        try {
            lock = Optional.ofNullable(channel.tryLock());
        } catch (OverlappingFileLockException e) {
            lock = Optional.empty();
        }
        if (lock.isEmpty()) {
            throw new DatasetException(
                    file + " is in use by another run: wait for it, or name another file");
        }
    }

    /** Nothing is cut off a file that something else wrote. */
    private static void requireOurs(Path file, FileChannel channel) throws IOException {
        byte[] header = HEADER.getBytes(StandardCharsets.UTF_8);
        ByteBuffer start = ByteBuffer.allocate((int) Math.min(header.length, channel.size()));
        int read = 0;
        while (start.hasRemaining() && read >= 0) {
            read = channel.read(start, start.position());
        }
        if (!start.flip().equals(ByteBuffer.wrap(header, 0, start.limit()))) {
            throw new DatasetException(
                    file + " is not a file of a score table's scores: name another file");
        }
    }

    private static void cutHalfLine(Path file, FileChannel channel) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "r")) {
            long end = bytes.length();
            while (end > 0) {
                bytes.seek(end - 1);
                if (bytes.read() == '\n') {
                    break;
                }
                end--;
            }
            channel.truncate(end);
        }
        channel.position(channel.size());
    }

    private void read(RowIndex index, Earlier earlier) throws IOException {
        Places places = new Places(index);
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            long number = 1;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                try {
                    take(JsonParser.parseString(line).getAsJsonObject(), number, places, earlier);
                } catch (JsonParseException
                        | IllegalStateException
                        | UnsupportedOperationException
                        | NullPointerException
                        | NumberFormatException e) {
                    throw new DatasetException(
                            String.format(
                                    Locale.ROOT,
                                    "%s, line %d, is not of a score table; delete the file to"
                                            + " begin anew",
                                    file,
                                    number),
                            e);
                }
                number++;
            }
        }
    }

    private void take(JsonObject line, long number, Places places, Earlier earlier) {
        if (number == 1) {
            return;
        }
        String column = line.get("column").getAsString();
        if (line.has("made")) {
            columns.put(column, line.getAsJsonObject("made"));
            return;
        }
        int row = places.of(Long.parseUnsignedLong(line.get("row").getAsString(), 16));
        if (row >= 0) {
            boolean failed = line.has("error");
            earlier.put(
                    column,
                    new Scored(
                            row,
                            failed ? Double.NaN : line.get("score").getAsDouble(),
                            failed ? line.get("error").getAsString() : null));
        }
    }

    /** Row numbers by key, in two arrays: millions of boxed keys would take most of the memory. */
    private static final class Places {

        private final long[] keys;
        private final int[] rows;

        Places(RowIndex index) {
            keys = new long[index.rows()];
            rows = new int[index.rows()];
            Arrays.setAll(keys, index::key);
            Arrays.sort(keys);
            for (int row = 0; row < rows.length; row++) {
                rows[Arrays.binarySearch(keys, index.key(row))] = row;
            }
        }

        /** Returns a row's number, or -1. */
        int of(long key) {
            int place = Arrays.binarySearch(keys, key);
            return place < 0 ? -1 : rows[place];
        }
    }

    /**
     * Begins a column, or resumes it.
     *
     * @throws DatasetException if the file's scores of that column were made otherwise
     */
    void begin(String column, JsonObject made) throws IOException {
        JsonObject before = columns.get(column);
        if (before == null) {
            JsonObject line = new JsonObject();
            line.addProperty("column", column);
            line.add("made", made);
            append(GSON.toJson(line) + "\n");
            columns.put(column, made);
        } else if (!before.equals(made)) {
            throw new DatasetException(
                    String.format(
                            Locale.ROOT,
                            "%s has scores of column %s that were made otherwise: then %s, now %s;"
                                    + " give the column another name, or delete the file",
                            file,
                            column,
                            difference(before, made),
                            difference(made, before)));
        }
    }

    private static Map<String, Object> difference(JsonObject of, JsonObject from) {
        Map<String, Object> fields = new LinkedHashMap<>();
        of.entrySet().stream()
                .filter(field -> !field.getValue().equals(from.get(field.getKey())))
                .forEach(field -> fields.put(field.getKey(), field.getValue()));
        return fields;
    }

    /** Appends a block of one column's scores. */
    void add(String column, List<PictureRow> rows, List<Scored> scores, RowIndex index)
            throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < rows.size(); i++) {
            JsonObject line = new JsonObject();
            line.addProperty("row", Long.toHexString(index.key(scores.get(i).row())));
            line.addProperty("model", rows.get(i).model());
            line.addProperty("condition", rows.get(i).condition().label());
            line.addProperty("prompt_id", rows.get(i).promptId());
            line.addProperty("image", rows.get(i).image().name());
            line.addProperty("column", column);
            if (scores.get(i).error() == null) {
                line.addProperty("score", scores.get(i).score());
            } else {
                line.addProperty("error", scores.get(i).error());
            }
            lines.append(GSON.toJson(line)).append('\n');
        }
        append(lines.toString());
    }

    private void append(String lines) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(lines.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            channel.force(true);
        }
    }
}

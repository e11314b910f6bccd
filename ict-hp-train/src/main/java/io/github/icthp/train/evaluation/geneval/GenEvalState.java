package io.github.icthp.train.evaluation.geneval;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import io.github.icthp.train.data.DatasetException;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Judged pictures on the disk, so that an interrupted run resumes: JSON lines that are only ever
 * appended. A killed process may leave half a line at the end, which is cut off.
 */
final class GenEvalState implements Closeable {

    private static final String SCHEMA = "ict-hp geneval 1";
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    private final FileChannel channel;
    private final Map<String, Judged> earlier = new HashMap<>();

    private GenEvalState(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * A picture's result, or why it has none.
     *
     * @param picture its name below the folder
     * @param sha256 of its file
     * @param row the result, if it could be read
     * @param error why it could not; empty if it could
     */
    record Judged(String picture, String sha256, Optional<GenEvalRow> row, String error) {}

    /**
     * Opens a file, or begins one.
     *
     * @param made how results are made: an earlier run's must be the same
     * @throws DatasetException if the file is another run's or kind, or another process has it
     */
    static GenEvalState open(Path file, Map<String, String> made) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        try {
            lock(file, channel);
            GenEvalState state = new GenEvalState(channel);
            state.resume(file, header(made));
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
                    file + " is in use by another run: wait for it, or name another folder");
        }
    }

    private static JsonObject header(Map<String, String> made) {
        JsonObject header = new JsonObject();
        header.addProperty("schema", SCHEMA);
        made.forEach(header::addProperty);
        return header;
    }

    private void resume(Path file, JsonObject header) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(channel.size()));
        while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
            // Reads on.
        }
        String text = StandardCharsets.UTF_8.decode(bytes.flip()).toString();
        String whole = text.substring(0, text.lastIndexOf('\n') + 1);
        channel.truncate(whole.getBytes(StandardCharsets.UTF_8).length);
        channel.position(channel.size());
        if (whole.isEmpty()) {
            append(header);
            return;
        }
        try {
            List<String> lines = whole.lines().toList();
            requireSame(file, JsonParser.parseString(lines.get(0)).getAsJsonObject(), header);
            for (int i = 1; i < lines.size(); i++) {
                Judged judged = judged(JsonParser.parseString(lines.get(i)).getAsJsonObject());
                earlier.put(judged.picture(), judged);
            }
        } catch (JsonParseException | IllegalStateException | IllegalArgumentException e) {
            throw new DatasetException(
                    file + " is no state of a GenEval run, or damaged: " + e.getMessage(), e);
        }
    }

    private static void requireSame(Path file, JsonObject before, JsonObject now) {
        if (!before.equals(now)) {
            throw new DatasetException(
                    file
                            + " has results that were made otherwise: then "
                            + before
                            + ", now "
                            + now
                            + "; name another folder, or delete the file");
        }
    }

    private static Judged judged(JsonObject json) {
        return new Judged(
                json.get("picture").getAsString(),
                json.get("sha256").getAsString(),
                json.has("row")
                        ? Optional.of(GenEvalRow.parse(json.get("row").getAsString()))
                        : Optional.empty(),
                json.has("error") ? json.get("error").getAsString() : "");
    }

    /** Returns an earlier run's result of the same file for the same prompt. */
    Optional<Judged> earlier(GenEvalFolder.Sample sample, String sha256) {
        return Optional.ofNullable(earlier.get(sample.name()))
                .filter(judged -> judged.sha256().equals(sha256))
                .filter(
                        judged ->
                                judged.row()
                                        .map(row -> row.metadata().equals(sample.prompt().json()))
                                        .orElse(true));
    }

    /** Keeps a result. */
    void add(Judged judged) throws IOException {
        JsonObject json = new JsonObject();
        json.addProperty("picture", judged.picture());
        json.addProperty("sha256", judged.sha256());
        judged.row().ifPresent(row -> json.addProperty("row", row.toLine()));
        if (judged.row().isEmpty()) {
            json.addProperty("error", judged.error());
        }
        append(json);
    }

    private void append(JsonObject line) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.wrap((GSON.toJson(line) + "\n").getBytes(StandardCharsets.UTF_8));
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

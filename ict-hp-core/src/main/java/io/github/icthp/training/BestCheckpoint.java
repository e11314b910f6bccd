package io.github.icthp.training;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import io.github.icthp.files.DurableFiles;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The small file that says which checkpoint is the best so far. */
final class BestCheckpoint {

    private final Path file;

    BestCheckpoint(Path file) {
        this.file = file;
    }

    void write(long step, double metric) throws IOException {
        JsonObject json = new JsonObject();
        json.addProperty("step", step);
        json.addProperty("metric", metric);
        DurableFiles.write(file, json.toString());
    }

    Optional<Long> step() {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
            return Optional.of(json.get("step").getAsLong());
        } catch (IOException
                | JsonParseException
                | IllegalStateException
                | NullPointerException
                | NumberFormatException e) {
            return Optional.empty();
        }
    }
}

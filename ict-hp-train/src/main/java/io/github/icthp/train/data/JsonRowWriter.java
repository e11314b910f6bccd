package io.github.icthp.train.data;

import com.google.gson.stream.JsonWriter;

import org.jspecify.annotations.Nullable;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Writes rows as JSON, one to a line. */
final class JsonRowWriter implements RowWriter {

    private final BufferedWriter out;

    JsonRowWriter(Path file) throws IOException {
        out = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
    }

    /** Writes one row; a NaN becomes null, an infinity a number too large to hold. */
    @Override
    public void write(Map<String, ? extends @Nullable Object> values) throws IOException {
        // A JsonWriter takes one document, and its buffer is the writer's.
        JsonWriter json = new JsonWriter(out);
        json.beginObject();
        for (Map.Entry<String, ? extends @Nullable Object> entry : values.entrySet()) {
            json.name(entry.getKey());
            Object value = entry.getValue();
            if (value instanceof Number number) {
                json.jsonValue(number(number.doubleValue()));
            } else {
                json.value((String) value);
            }
        }
        json.endObject();
        out.write('\n');
    }

    private static @Nullable String number(double value) {
        if (Double.isNaN(value)) {
            return null;
        }
        return Double.isInfinite(value) ? (value > 0 ? "1e999" : "-1e999") : Double.toString(value);
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}

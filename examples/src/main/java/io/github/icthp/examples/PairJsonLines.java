package io.github.icthp.examples;

import com.google.common.base.Ascii;
import com.google.common.io.Closeables;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import io.github.icthp.PromptImage;
import io.github.icthp.weights.JsonProblem;

import java.io.BufferedReader;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** Pairs from JSON lines: objects with {@code image} and, where needed, {@code prompt}. */
final class PairJsonLines {

    private static final int SHOWN = 60;

    private PairJsonLines() {}

    @SuppressWarnings("StreamResourceLeak") // the caller closes what it is given, and so the file
    static Stream<PromptImage> read(PairSource.PairRows rows) {
        AtomicLong line = new AtomicLong();
        BufferedReader reader = rows.text();
        return reader.lines()
                .flatMap(text -> pair(rows, line.incrementAndGet(), text).stream())
                .onClose(() -> Closeables.closeQuietly(reader));
    }

    private static Optional<PromptImage> pair(PairSource.PairRows rows, long line, String text) {
        if (text.isBlank()) {
            return Optional.empty();
        }
        try {
            JsonElement element = JsonParser.parseString(JsonProblem.nullsForNotFinite(text));
            if (!element.isJsonObject()) {
                throw rows.damaged(line, "is not a JSON object");
            }
            JsonObject object = element.getAsJsonObject();
            return Optional.of(rows.pair(line, string(object, "image"), string(object, "prompt")));
        } catch (JsonParseException e) {
            throw rows.damaged(
                    line,
                    "is not JSON: "
                            + Ascii.truncate(text, SHOWN, "...")
                            + " ("
                            + JsonProblem.of(e)
                            + ")");
        }
    }

    private static Optional<String> string(JsonObject object, String name) {
        return Optional.ofNullable(object.get(name))
                .filter(v -> v.isJsonPrimitive() && v.getAsJsonPrimitive().isString())
                .map(JsonElement::getAsString);
    }
}

package io.github.icthp.examples;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import io.github.icthp.PromptImage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** Pairs from JSON lines: objects with {@code image} and, where needed, {@code prompt}. */
final class PairJsonLines {

    private PairJsonLines() {}

    @SuppressWarnings("StreamResourceLeak") // the caller closes what it is given, and so the file
    static Stream<PromptImage> read(PairSource.PairRows rows) {
        AtomicLong line = new AtomicLong();
        try {
            return Files.lines(rows.file())
                    .flatMap(text -> pair(rows, line.incrementAndGet(), text).stream());
        } catch (IOException e) {
            throw new UncheckedIOException("--pairs: cannot read " + rows.file(), e);
        }
    }

    private static Optional<PromptImage> pair(PairSource.PairRows rows, long line, String text) {
        if (text.isBlank()) {
            return Optional.empty();
        }
        try {
            JsonElement element = JsonParser.parseString(text);
            if (!element.isJsonObject()) {
                throw rows.damaged(line, "is not a JSON object");
            }
            JsonObject object = element.getAsJsonObject();
            return Optional.of(rows.pair(line, string(object, "image"), string(object, "prompt")));
        } catch (JsonParseException e) {
            throw rows.damaged(line, "is not JSON: " + Messages.of(e));
        }
    }

    private static Optional<String> string(JsonObject object, String name) {
        return Optional.ofNullable(object.get(name))
                .filter(v -> v.isJsonPrimitive() && v.getAsJsonPrimitive().isString())
                .map(JsonElement::getAsString);
    }
}

package io.github.icthp.examples.input;

import com.google.common.base.Ascii;
import com.google.common.io.Closeables;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;

import io.github.icthp.weights.JsonProblem;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Pairs from JSON lines: objects with {@code image} and, where needed, {@code prompt}. A line that
 * is no such object fails alone: the next one can be read all the same.
 */
final class PairJsonLines {

    private static final int SHOWN = 60;
    private static final Set<String> NAMES = Set.of("image", "prompt");

    private PairJsonLines() {}

    @SuppressWarnings("StreamResourceLeak") // the caller closes what it is given, and so the file
    static Stream<PairRow> read(PairRows rows) {
        AtomicLong line = new AtomicLong();
        BufferedReader reader = rows.text();
        return reader.lines()
                .flatMap(text -> pair(rows, line.incrementAndGet(), text).stream())
                .onClose(() -> Closeables.closeQuietly(reader));
    }

    private static Optional<PairRow> pair(PairRows rows, long line, String text) {
        if (text.isBlank()) {
            return Optional.empty();
        }
        try {
            Map<String, String> found = texts(JsonProblem.nullsForNotFinite(text));
            return Optional.of(
                    rows.pair(
                            line,
                            Optional.ofNullable(found.get("image")),
                            Optional.ofNullable(found.get("prompt"))));
        } catch (WrongValueException e) {
            return Optional.of(rows.unusable(line, ": " + e.getMessage()));
        } catch (IOException | IllegalStateException e) {
            return Optional.of(
                    rows.unusable(
                            line,
                            " is not a JSON object: "
                                    + Ascii.truncate(text.strip(), SHOWN, "...")));
        }
    }

    /**
     * Reads the values of a pair; null is as good as none, and other names are passed over. A name
     * in capital letters counts where there is no other.
     */
    private static Map<String, String> texts(String line) throws IOException {
        Map<String, String> found = new HashMap<>();
        Map<String, String> capital = new HashMap<>();
        Set<String> seen = new HashSet<>();
        try (JsonReader in = new JsonReader(new StringReader(line))) {
            in.setStrictness(Strictness.STRICT);
            in.beginObject();
            while (in.hasNext()) {
                String spelled = in.nextName();
                String name = Ascii.toLowerCase(spelled);
                if (!NAMES.contains(name) || in.peek() == JsonToken.NULL) {
                    in.skipValue();
                } else if (in.peek() == JsonToken.STRING) {
                    (spelled.equals(name) ? found : capital).put(name, in.nextString());
                } else {
                    throw new WrongValueException(
                            name + " must be a text, got a JSON " + kind(in.peek()));
                }
                if (NAMES.contains(name) && !seen.add(spelled)) {
                    throw new WrongValueException(spelled + " is given twice");
                }
            }
            in.endObject();
            if (in.peek() != JsonToken.END_DOCUMENT) {
                throw new IOException("more than one object");
            }
        }
        capital.forEach(found::putIfAbsent);
        return found;
    }

    private static String kind(JsonToken token) {
        return switch (token) {
            case BEGIN_ARRAY -> "array";
            case BEGIN_OBJECT -> "object";
            default -> Ascii.toLowerCase(token.name());
        };
    }

    /** A value of a pair is no text, or there are two of it. */
    private static final class WrongValueException extends IOException {

        private static final long serialVersionUID = 1L;

        WrongValueException(String message) {
            super(message);
        }
    }
}

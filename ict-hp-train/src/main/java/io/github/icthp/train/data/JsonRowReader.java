package io.github.icthp.train.data;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;

import io.github.icthp.weights.JsonProblem;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads one line of a JSON-lines table into a checked row. */
final class JsonRowReader {

    /** Names the whole line where no column is at fault. */
    static final String LINE = "(line)";

    private final String source;
    private final long row;
    private final Map<String, @Nullable Object> values = new HashMap<>();
    private final Set<String> names = new LinkedHashSet<>();

    private JsonRowReader(String source, long row) {
        this.source = source;
        this.row = row;
    }

    /**
     * Reads a line.
     *
     * @throws BadRowException naming the column if the line is no triplet
     */
    static TableRow read(String source, long row, byte[] line) {
        JsonRowReader reader = new JsonRowReader(source, row);
        reader.parse(line);
        return reader.toRow();
    }

    /**
     * Returns the names in a line.
     *
     * @throws BadRowException if the line is not a JSON object
     */
    static Set<String> columns(String source, long row, byte[] line) {
        JsonRowReader reader = new JsonRowReader(source, row);
        reader.parse(line);
        return reader.names;
    }

    private void parse(byte[] line) {
        String column = LINE;
        try (JsonReader in =
                new JsonReader(new StringReader(JsonProblem.nullsForNotFinite(decode(line))))) {
            in.beginObject();
            while (in.hasNext()) {
                String name = in.nextName();
                column = name;
                if (!names.add(name)) {
                    throw bad(name, "is given twice", null);
                }
                if (TripletColumns.ALL.contains(name)) {
                    values.put(name, value(in));
                } else {
                    in.skipValue();
                }
                column = LINE;
            }
            in.endObject();
            if (in.peek() != JsonToken.END_DOCUMENT) {
                throw bad(LINE, "expected one JSON object, found more text after it", null);
            }
        } catch (IOException | IllegalStateException e) {
            throw bad(column, "not valid JSON: " + JsonProblem.of(e), e);
        }
    }

    private String decode(byte[] line) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
        } catch (CharacterCodingException e) {
            throw bad(LINE, "not valid UTF-8", e);
        }
    }

    /** Gives a string, a double or null; any other kind as its token, to be refused by name. */
    private static @Nullable Object value(JsonReader in) throws IOException {
        JsonToken token = in.peek();
        return switch (token) {
            case STRING -> in.nextString();
            case NUMBER -> Double.parseDouble(in.nextString());
            case NULL -> {
                in.nextNull();
                yield null;
            }
            default -> {
                in.skipValue();
                yield token;
            }
        };
    }

    private TableRow toRow() {
        return new TableRow(
                text(TripletColumns.EASY_PROMPT),
                text(TripletColumns.REFINED_PROMPT),
                TripletColumns.IMAGES.stream().map(this::text).toList(),
                targets());
    }

    private String text(String column) {
        if (values.get(column) instanceof String text) {
            return text;
        }
        throw bad(column, "expected a text, got " + describe(column), null);
    }

    private Optional<IctTargets> targets() {
        if (TripletColumns.LABELS.stream().noneMatch(values::containsKey)) {
            return Optional.empty();
        }
        return Optional.of(new IctTargets(label("E1"), label("E2"), label("R1"), label("R2")));
    }

    private double label(String column) {
        if (values.get(column) instanceof Double number && number >= 0 && number <= 1) {
            return number;
        }
        throw bad(column, "expected a number in [0, 1], got " + describe(column), null);
    }

    private String describe(String column) {
        if (!values.containsKey(column)) {
            return "nothing: the column is missing";
        }
        Object value = values.get(column);
        return value == null ? "nothing: null or NaN" : value.toString();
    }

    private BadRowException bad(String column, String problem, @Nullable Throwable cause) {
        return new BadRowException(source, row, column, problem, cause);
    }
}

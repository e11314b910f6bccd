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
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/** Reads one line of a JSON-lines table into a checked row. */
final class JsonRowReader {

    /** Names the whole line where no column is at fault. */
    static final String LINE = "(line)";

    private static final Pattern PLACE = Pattern.compile("at line \\d+ column (\\d+)");

    private final String source;
    private final long row;
    private final LongSupplier fileLine;
    private final Map<String, @Nullable Object> values = new HashMap<>();
    private final Set<String> names = new LinkedHashSet<>();

    private JsonRowReader(String source, long row, LongSupplier fileLine) {
        this.source = source;
        this.row = row;
        this.fileLine = fileLine;
    }

    /**
     * Reads a line.
     *
     * @param fileLine counts the line from the file's first, which is 1
     * @param labels whether labels are read too; otherwise they may be anything
     * @throws BadRowException naming the column if the line is no triplet
     */
    static TableRow read(
            String source, long row, byte[] line, LongSupplier fileLine, boolean labels) {
        JsonRowReader reader = new JsonRowReader(source, row, fileLine);
        reader.parse(line);
        return reader.toRow(labels);
    }

    /**
     * Returns the names in a line.
     *
     * @throws BadRowException if the line is not a JSON object
     */
    static Set<String> columns(String source, long row, byte[] line, LongSupplier fileLine) {
        JsonRowReader reader = new JsonRowReader(source, row, fileLine);
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
            throw bad(column, "not valid JSON: " + problem(e), e);
        }
    }

    /** What the parser says, with the line of the file in place of its own, which is always 1. */
    private String problem(Exception failure) {
        return PLACE.matcher(JsonProblem.of(failure)).replaceAll("at character $1")
                + " (line "
                + fileLine.getAsLong()
                + " of the file; lines count from 1, rows from 0)";
    }

    private String decode(byte[] line) {
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
            return text.stripTrailing();
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

    private TableRow toRow(boolean labels) {
        return new TableRow(
                text(TripletColumns.EASY_PROMPT),
                text(TripletColumns.REFINED_PROMPT),
                TripletColumns.IMAGES.stream().map(this::text).toList(),
                labels ? targets() : Optional.empty());
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

package io.github.icthp.train.evaluation.geneval;

import com.google.common.base.Ascii;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A prompt of the benchmark and what a picture of it must show.
 *
 * @param tag the task, for example {@code two_object}
 * @param text the prompt
 * @param include clauses that must all hold
 * @param exclude clauses of which none may hold
 * @param json the whole as one line of JSON, in Python's form: results carry it, and prompts with
 *     equal lines are one prompt
 */
public record GenEvalPrompt(
        String tag, String text, List<Include> include, List<Exclude> exclude, String json) {

    private static final String RESOURCE = "geneval-prompts.jsonl";
    private static final int SHOWN = 80;

    /**
     * Objects that must be there.
     *
     * @param className the objects' class
     * @param count how many at least
     * @param color what color they must have
     * @param position how they must lie to those of an earlier clause
     */
    public record Include(
            String className, int count, Optional<String> color, Optional<Placement> position) {}

    /**
     * How objects must lie.
     *
     * @param relation {@code left of}, {@code right of}, {@code above} or {@code below}
     * @param clause the number of the earlier clause, from 0
     */
    public record Placement(String relation, int clause) {}

    /**
     * Objects that may not be there.
     *
     * @param className the objects' class
     * @param count how many are too many
     */
    public record Exclude(String className, int count) {}

    /**
     * Copies the lists.
     *
     * @param tag the task
     * @param text the prompt
     * @param include clauses that must all hold
     * @param exclude clauses of which none may hold
     * @param json the whole as one line of JSON
     */
    public GenEvalPrompt {
        include = List.copyOf(include);
        exclude = List.copyOf(exclude);
    }

    /**
     * Returns the benchmark's 553 prompts.
     *
     * @return the prompts, in the order of their folders
     */
    public static List<GenEvalPrompt> benchmark() {
        try (InputStream in =
                        Objects.requireNonNull(GenEvalPrompt.class.getResourceAsStream(RESOURCE));
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return lines.lines().map(GenEvalPrompt::parse).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads a prompt from a line of a prompts file, or from a picture folder's {@code
     * metadata.jsonl}.
     *
     * @param line a JSON object with {@code tag}, {@code prompt}, and lists {@code include} and
     *     {@code exclude}, which may be missing
     * @return the prompt
     * @throws IllegalArgumentException if it is not that; the message says what is wrong
     */
    public static GenEvalPrompt parse(String line) {
        try {
            JsonObject json = JsonParser.parseString(line).getAsJsonObject();
            List<Include> include = new ArrayList<>();
            for (JsonElement clause : list(json, "include")) {
                include.add(include(clause.getAsJsonObject(), include.size()));
            }
            List<Exclude> exclude = new ArrayList<>();
            for (JsonElement clause : list(json, "exclude")) {
                JsonObject object = clause.getAsJsonObject();
                exclude.add(new Exclude(text(object, "class"), count(object)));
            }
            return new GenEvalPrompt(
                    text(json, "tag"),
                    text(json, "prompt"),
                    include,
                    exclude,
                    PythonJson.dumps(json));
        } catch (JsonParseException
                | IllegalStateException
                | ClassCastException
                | UnsupportedOperationException
                | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "GenEvalPrompt: expected an object with tag, prompt, include and exclude, got "
                            + Ascii.truncate(line.strip(), SHOWN, "...")
                            + ": "
                            + e.getMessage(),
                    e);
        }
    }

    private static JsonArray list(JsonObject json, String name) {
        JsonElement list = json.get(name);
        return list == null ? new JsonArray() : list.getAsJsonArray();
    }

    private static Include include(JsonObject json, int earlier) {
        Optional<String> color =
                json.has("color") ? Optional.of(text(json, "color")) : Optional.empty();
        Optional<Placement> position =
                json.has("position")
                        ? Optional.of(placement(json.getAsJsonArray("position"), earlier))
                        : Optional.empty();
        return new Include(text(json, "class"), count(json), color, position);
    }

    private static Placement placement(JsonArray pair, int earlier) {
        int clause = pair.size() == 2 ? pair.get(1).getAsInt() : -1;
        if (clause < 0 || clause >= earlier) {
            throw new IllegalArgumentException(
                    "a position names a relation and an earlier clause, 0.."
                            + (earlier - 1)
                            + ", got "
                            + pair);
        }
        return new Placement(pair.get(0).getAsString(), clause);
    }

    private static String text(JsonObject json, String name) {
        if (json.get(name) instanceof JsonPrimitive value && value.isString()) {
            return value.getAsString();
        }
        throw new IllegalArgumentException("text '" + name + "' is missing");
    }

    private static int count(JsonObject json) {
        if (json.get("count") instanceof JsonPrimitive value
                && value.isNumber()
                && value.getAsInt() >= 0
                && value.getAsDouble() == value.getAsInt()) {
            return value.getAsInt();
        }
        throw new IllegalArgumentException("expected a count of at least 0 in " + json);
    }
}

package io.github.icthp.train.evaluation.geneval;

import com.google.common.base.Ascii;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;

import java.util.OptionalDouble;

/**
 * A picture's result, in the benchmark's own fields.
 *
 * @param filename the picture
 * @param tag the prompt's task
 * @param prompt the prompt
 * @param correct whether the picture shows what the prompt asks for
 * @param reason what is wrong, a line for each clause; empty if nothing is
 * @param metadata the prompt and its clauses, as JSON text
 * @param details the objects that count, by class, as JSON text: {@code [[x1, y1, x2, y2, score]]}
 * @param score partial credit; empty where the rules give none
 */
public record GenEvalRow(
        String filename,
        String tag,
        String prompt,
        boolean correct,
        String reason,
        String metadata,
        String details,
        OptionalDouble score) {

    private static final String SCORE = "score";
    private static final int SHOWN = 80;

    /**
     * Reads a line of {@code results.jsonl}, as this library or the original wrote it.
     *
     * @param line a JSON object
     * @return the result
     * @throws IllegalArgumentException if a field is missing
     */
    public static GenEvalRow parse(String line) {
        try {
            JsonObject json = JsonParser.parseString(line).getAsJsonObject();
            return new GenEvalRow(
                    text(json, "filename"),
                    text(json, "tag"),
                    text(json, "prompt"),
                    flag(json, "correct"),
                    text(json, "reason"),
                    text(json, "metadata"),
                    text(json, "details"),
                    json.has(SCORE)
                            ? OptionalDouble.of(json.get(SCORE).getAsDouble())
                            : OptionalDouble.empty());
        } catch (JsonParseException | IllegalStateException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "GenEvalRow: expected a result of GenEval, got "
                            + Ascii.truncate(line.strip(), SHOWN, "...")
                            + ": "
                            + e.getMessage(),
                    e);
        }
    }

    private static String text(JsonObject json, String name) {
        if (json.get(name) instanceof JsonPrimitive value && value.isString()) {
            return value.getAsString();
        }
        throw new IllegalArgumentException("text '" + name + "' is missing");
    }

    private static boolean flag(JsonObject json, String name) {
        if (json.get(name) instanceof JsonPrimitive value && value.isBoolean()) {
            return value.getAsBoolean();
        }
        throw new IllegalArgumentException("true or false in '" + name + "' is missing");
    }

    /**
     * Returns the result as a line of {@code results.jsonl}, as pandas writes it for the original.
     *
     * @return a JSON object without a line's end
     */
    public String toLine() {
        JsonObject row = new JsonObject();
        row.addProperty("filename", filename);
        row.addProperty("tag", tag);
        row.addProperty("prompt", prompt);
        row.addProperty("correct", correct);
        row.addProperty("reason", reason);
        row.addProperty("metadata", metadata);
        row.addProperty("details", details);
        score.ifPresent(value -> row.addProperty(SCORE, value));
        return PythonJson.pandasLine(row);
    }
}

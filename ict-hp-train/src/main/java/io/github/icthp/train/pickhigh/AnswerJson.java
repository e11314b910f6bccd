package io.github.icthp.train.pickhigh;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;

import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import java.util.Locale;

/**
 * Reads answers strictly: one JSON object, alone or in one fenced block, with the fields asked for.
 * What else there is makes the answer unreadable, and says why.
 */
final class AnswerJson {

    /** How answers begin that refuse in plain words. */
    private static final List<String> REFUSALS =
            List.of(
                    "i can't",
                    "i cannot",
                    "i can not",
                    "i won't",
                    "i will not",
                    "i'm sorry",
                    "i am sorry",
                    "sorry, but i",
                    "sorry, i",
                    "i apologize",
                    "i'm unable",
                    "i am unable",
                    "i'm not able",
                    "i am not able",
                    "i must decline",
                    "as an ai");

    private static final Gson STRICT = new GsonBuilder().setStrictness(Strictness.STRICT).create();

    private static final int LONGEST_PROMPT = 2000;

    private AnswerJson() {}

    /** An answer that cannot be read. */
    static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1;

        Unreadable(String problem) {
            super(problem);
        }
    }

    /** Says whether an answer is no JSON but a refusal. */
    static boolean refusesInWords(String answer) {
        String start = answer.strip().toLowerCase(Locale.ROOT).replace('\u2019', '\'');
        return !start.contains("{") && REFUSALS.stream().anyMatch(start::startsWith);
    }

    /** The step's answer: a refined prompt, or empty if the model refuses. */
    static String refined(String answer) throws Unreadable {
        JsonObject json = object(answer);
        text(json, "reasoning");
        if (flag(json, "refused")) {
            return "";
        }
        String refined = text(json, "refined").strip();
        if (refined.isEmpty() || refined.length() > LONGEST_PROMPT || refined.indexOf('\n') >= 0) {
            throw new Unreadable(
                    String.format(
                            Locale.ROOT,
                            "\"refined\" must be one line of 1 to %d characters, it has %d",
                            LONGEST_PROMPT,
                            refined.length()));
        }
        return refined;
    }

    /**
     * The answer to the binary verification.
     *
     * @param kept whether all concepts are kept
     * @param conflict whether something that conflicts was added
     * @param reasoning why
     */
    record Verdict(boolean kept, boolean conflict, String reasoning) {}

    static Verdict verdict(String answer) throws Unreadable {
        JsonObject json = object(answer);
        return new Verdict(
                flag(json, "concepts_kept"), flag(json, "conflict_added"), text(json, "reasoning"));
    }

    private static JsonObject object(String answer) throws Unreadable {
        String text = unfenced(answer.strip());
        if (!text.startsWith("{")) {
            throw new Unreadable("expected one JSON object, it begins otherwise");
        }
        try (JsonReader in = new JsonReader(new StringReader(text))) {
            in.setStrictness(Strictness.STRICT);
            JsonObject json = STRICT.fromJson(in, JsonObject.class);
            if (in.peek() != JsonToken.END_DOCUMENT) {
                throw new Unreadable("there is more text behind the JSON object");
            }
            return json;
        } catch (JsonParseException | IllegalStateException | IOException e) {
            throw new Unreadable("it is not whole, valid JSON");
        }
    }

    private static String unfenced(String text) {
        if (!text.startsWith("```") || !text.endsWith("```") || text.length() < 8) {
            return text;
        }
        int line = text.indexOf('\n');
        return line < 0 ? text : text.substring(line + 1, text.length() - 3).strip();
    }

    private static String text(JsonObject json, String name) throws Unreadable {
        JsonElement value = json.get(name);
        if (value == null || !value.isJsonPrimitive() || !value.getAsJsonPrimitive().isString()) {
            throw new Unreadable("\"" + name + "\" must be a text");
        }
        return value.getAsString();
    }

    private static boolean flag(JsonObject json, String name) throws Unreadable {
        JsonElement value = json.get(name);
        if (value == null || !value.isJsonPrimitive() || !value.getAsJsonPrimitive().isBoolean()) {
            throw new Unreadable("\"" + name + "\" must be true or false");
        }
        return value.getAsBoolean();
    }
}

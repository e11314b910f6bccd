package io.github.icthp.diffusion;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import io.github.icthp.weights.WeightsFormatException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A model's {@code config.json}, read with messages that name file, key and value. */
public final class JsonConfig {

    private final String source;
    private final JsonObject json;

    private JsonConfig(String source, JsonObject json) {
        this.source = source;
        this.json = json;
    }

    /**
     * Reads a file.
     *
     * @param file a JSON file that holds one object
     * @return its values
     * @throws WeightsFormatException if it does not hold one
     * @throws UncheckedIOException if it cannot be read
     */
    public static JsonConfig read(Path file) {
        try {
            JsonElement json = JsonParser.parseString(Files.readString(file));
            if (!json.isJsonObject()) {
                throw new WeightsFormatException(file + ": expected a JSON object");
            }
            return new JsonConfig(file.toString(), json.getAsJsonObject());
        } catch (JsonParseException e) {
            throw new WeightsFormatException(file + ": not valid JSON: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns an integer.
     *
     * @param key its key
     * @return its value
     * @throws WeightsFormatException if it is missing or something else
     */
    public int integer(String key) {
        return find(key, JsonElement::getAsInt)
                .orElseThrow(() -> new WeightsFormatException(source + ": no \"" + key + "\""));
    }

    /**
     * Returns an integer that may be missing.
     *
     * @param key its key
     * @param otherwise the value if it is missing or null
     * @return its value
     * @throws WeightsFormatException if it is something else
     */
    public int integer(String key, int otherwise) {
        return find(key, JsonElement::getAsInt).orElse(otherwise);
    }

    /**
     * Returns a number that may be missing.
     *
     * @param key its key
     * @param otherwise the value if it is missing or null
     * @return its value
     * @throws WeightsFormatException if it is something else
     */
    public double number(String key, double otherwise) {
        return find(key, JsonElement::getAsDouble).orElse(otherwise);
    }

    /**
     * Returns a truth value that may be missing.
     *
     * @param key its key
     * @param otherwise the value if it is missing or null
     * @return its value
     * @throws WeightsFormatException if it is something else
     */
    public boolean flag(String key, boolean otherwise) {
        return find(key, JsonElement::getAsBoolean).orElse(otherwise);
    }

    /**
     * Returns a text that may be missing.
     *
     * @param key its key
     * @return its value; empty if it is missing or null
     * @throws WeightsFormatException if it is something else
     */
    public Optional<String> text(String key) {
        return find(key, JsonElement::getAsString);
    }

    /**
     * Returns a list of integers that may be missing.
     *
     * @param key its key
     * @return its values; empty if it is missing or null
     * @throws WeightsFormatException if it is something else
     */
    public Optional<List<Integer>> integers(String key) {
        return find(
                key,
                value -> {
                    List<Integer> list = new ArrayList<>();
                    value.getAsJsonArray().forEach(element -> list.add(element.getAsInt()));
                    return List.copyOf(list);
                });
    }

    /**
     * Returns where the values come from.
     *
     * @return the file
     */
    public String source() {
        return source;
    }

    private <T> Optional<T> find(String key, java.util.function.Function<JsonElement, T> type) {
        JsonElement value = json.get(key);
        if (value == null || value.isJsonNull()) {
            return Optional.empty();
        }
        try {
            return Optional.of(type.apply(value));
        } catch (RuntimeException e) {
            throw new WeightsFormatException(
                    source + ": \"" + key + "\" cannot be " + value + ": " + e.getMessage(), e);
        }
    }
}

package io.github.icthp.weights;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/**
 * A model's {@code config.json}: named values, each with a type and, for some, a default.
 *
 * <p>A value that is {@code null} counts as left out, as in the Python libraries that write these
 * files. A value of another type is an error that names file, field, expectation and value.
 */
public final class ConfigFile {

    private final String source;
    private final JsonObject json;

    private ConfigFile(String source, JsonObject json) {
        this.source = source;
        this.json = json;
    }

    /**
     * Reads a file.
     *
     * @param file a file that holds one JSON object
     * @return its values
     * @throws WeightsFormatException if it holds anything else
     * @throws UncheckedIOException if it cannot be read
     */
    public static ConfigFile read(Path file) {
        try {
            return parse(Files.readString(file), file.toString());
        } catch (NoSuchFileException e) {
            throw new UncheckedIOException(
                    "ConfigFile: cannot read " + file + ": it does not exist", e);
        } catch (IOException e) {
            throw new UncheckedIOException("ConfigFile: cannot read " + file + " (" + e + ")", e);
        }
    }

    /**
     * Parses a text.
     *
     * @param text one JSON object
     * @param source what messages call it
     * @return its values
     * @throws WeightsFormatException if it is anything else
     */
    public static ConfigFile parse(String text, String source) {
        try {
            return new ConfigFile(source, JsonParser.parseString(text).getAsJsonObject());
        } catch (JsonParseException | IllegalStateException e) {
            throw new WeightsFormatException(
                    "ConfigFile: expected a JSON object in " + source + ": " + JsonProblem.of(e),
                    e);
        }
    }

    /**
     * Says whether a value is there.
     *
     * @param name the field
     * @return false if it is left out or null
     */
    public boolean has(String name) {
        return element(name) != null;
    }

    /**
     * Returns a whole number.
     *
     * @param name the field
     * @return its value
     * @throws WeightsFormatException if it is missing or no whole number
     */
    public int integer(String name) {
        return required(name, "an integer", ConfigFile::toInteger);
    }

    /**
     * Returns a whole number.
     *
     * @param name the field
     * @param otherwise what stands for a field left out
     * @return its value
     * @throws WeightsFormatException if it is no whole number
     */
    public int integer(String name, int otherwise) {
        return has(name) ? integer(name) : otherwise;
    }

    /**
     * Returns a number.
     *
     * @param name the field
     * @param otherwise what stands for a field left out
     * @return its value
     * @throws WeightsFormatException if it is not a number
     */
    public double number(String name, double otherwise) {
        return has(name)
                ? required(name, "a number", e -> primitive(e).getAsBigDecimal().doubleValue())
                : otherwise;
    }

    /**
     * Returns true or false.
     *
     * @param name the field
     * @param otherwise what stands for a field left out
     * @return its value
     * @throws WeightsFormatException if it is neither
     */
    public boolean flag(String name, boolean otherwise) {
        return has(name) ? required(name, "true or false", ConfigFile::toFlag) : otherwise;
    }

    /**
     * Returns a text.
     *
     * @param name the field
     * @param otherwise what stands for a field left out
     * @return its value
     * @throws WeightsFormatException if it is no text
     */
    public String text(String name, String otherwise) {
        return has(name) ? required(name, "a text", ConfigFile::toText) : otherwise;
    }

    /**
     * Returns a list of whole numbers.
     *
     * @param name the field
     * @return its values
     * @throws WeightsFormatException if it is missing or anything else
     */
    public List<Integer> integers(String name) {
        return required(name, "a list of integers", e -> list(e, ConfigFile::toInteger));
    }

    /**
     * Returns a whole number for each of several things.
     *
     * @param name the field: a list of as many, or one number for all
     * @param count how many
     * @return its values
     * @throws WeightsFormatException if it is missing, anything else, or a list of another length
     */
    public List<Integer> integers(String name, int count) {
        return required(
                name,
                "an integer or a list of " + count + " integers",
                e -> {
                    if (!e.isJsonArray()) {
                        return Collections.nCopies(count, toInteger(e));
                    }
                    List<Integer> values = list(e, ConfigFile::toInteger);
                    if (values.size() != count) {
                        throw new IllegalArgumentException("expected " + count);
                    }
                    return values;
                });
    }

    /**
     * Returns a list of texts, where null stands for an empty one.
     *
     * @param name the field
     * @return its values
     * @throws WeightsFormatException if it is missing or anything else
     */
    public List<String> texts(String name) {
        return required(
                name, "a list of texts", e -> list(e, t -> t.isJsonNull() ? "" : toText(t)));
    }

    /**
     * Returns the fields.
     *
     * @return their names, in the order of the file
     */
    public List<String> names() {
        return List.copyOf(json.keySet());
    }

    /**
     * Returns where the values come from, for messages.
     *
     * @return a path or other description
     */
    public String source() {
        return source;
    }

    private @Nullable JsonElement element(String name) {
        JsonElement element = json.get(name);
        return element == null || element.isJsonNull() ? null : element;
    }

    private <T> T required(String name, String expected, Function<JsonElement, T> read) {
        JsonElement element = element(name);
        if (element != null) {
            try {
                return read.apply(element);
            } catch (IllegalArgumentException | ArithmeticException e) {
                // Falls through to the one message for both.
            }
        }
        throw new WeightsFormatException(
                "ConfigFile: "
                        + source
                        + ": '"
                        + name
                        + "' must be "
                        + expected
                        + ", got "
                        + (element == null ? "nothing" : element));
    }

    private static JsonPrimitive primitive(JsonElement element) {
        if (element instanceof JsonPrimitive primitive) {
            return primitive;
        }
        throw new IllegalArgumentException();
    }

    private static int toInteger(JsonElement element) {
        return primitive(element).getAsBigDecimal().intValueExact();
    }

    private static boolean toFlag(JsonElement element) {
        if (primitive(element).isBoolean()) {
            return element.getAsBoolean();
        }
        throw new IllegalArgumentException();
    }

    private static String toText(JsonElement element) {
        if (primitive(element).isString()) {
            return element.getAsString();
        }
        throw new IllegalArgumentException();
    }

    private static <T> List<T> list(JsonElement element, Function<JsonElement, T> read) {
        if (!(element instanceof JsonArray array)) {
            throw new IllegalArgumentException();
        }
        List<T> values = new ArrayList<>(array.size());
        array.forEach(e -> values.add(read.apply(e)));
        return List.copyOf(values);
    }
}

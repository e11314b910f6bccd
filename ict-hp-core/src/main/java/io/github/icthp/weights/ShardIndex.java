package io.github.icthp.weights;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The index of a sharded checkpoint.
 *
 * @param fileOfName for each tensor the file, beside the index, that holds it
 */
record ShardIndex(Map<String, String> fileOfName) {

    private static final Pattern PLAIN_NAME =
            Pattern.compile("[^/\\\\:*?\"<>|\\p{Cntrl}]+\\.(safetensors|bin)");

    static ShardIndex read(Path index) {
        try {
            long size = Files.size(index);
            if (size > SafetensorsReader.MAX_HEADER) {
                throw new WeightsFormatException(
                        index
                                + " has "
                                + size
                                + " bytes, an index has at most "
                                + SafetensorsReader.MAX_HEADER);
            }
            return new ShardIndex(parse(index, Files.readString(index)));
        } catch (JsonParseException | IllegalStateException | MalformedInputException e) {
            throw new WeightsFormatException(index + " is no JSON object: " + JsonProblem.of(e), e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the index " + index, e);
        }
    }

    /** Returns the names that a file must hold. */
    Set<String> namesIn(String file) {
        Set<String> names = new LinkedHashSet<>();
        fileOfName.forEach(
                (name, holder) -> {
                    if (holder.equals(file)) {
                        names.add(name);
                    }
                });
        return names;
    }

    private static Map<String, String> parse(Path index, String json) {
        JsonElement map = JsonParser.parseString(json).getAsJsonObject().get("weight_map");
        if (!(map instanceof JsonObject entries)) {
            throw new WeightsFormatException(
                    index + " must have an object 'weight_map' of tensor names and file names");
        }
        Map<String, String> files = new LinkedHashMap<>();
        for (Map.Entry<String, JsonElement> entry : entries.entrySet()) {
            files.put(entry.getKey(), fileName(index, entry));
        }
        return files;
    }

    /** Accepts plain file names only: an index must not reach out of its folder. */
    private static String fileName(Path index, Map.Entry<String, JsonElement> entry) {
        JsonElement value = entry.getValue();
        if (value.isJsonPrimitive() && value.getAsJsonPrimitive().isString()) {
            String file = value.getAsString();
            if (PLAIN_NAME.matcher(file).matches()) {
                return file;
            }
        }
        throw new WeightsFormatException(
                index
                        + ": '"
                        + entry.getKey()
                        + "' must name a .safetensors or .bin file in the index's own folder, not "
                        + value);
    }
}

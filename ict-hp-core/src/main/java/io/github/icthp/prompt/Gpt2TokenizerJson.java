package io.github.icthp.prompt;

import com.google.common.base.Splitter;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import io.github.icthp.weights.JsonProblem;
import io.github.icthp.weights.WeightsFormatException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Finds a GPT-2 tokenizer's {@code tokenizer.json}, or makes it of the two older files. */
final class Gpt2TokenizerJson {

    private static final String END = "<|endoftext|>";

    private Gpt2TokenizerJson() {}

    static String read(Path folder) {
        Path whole = folder.resolve("tokenizer.json");
        Path vocabulary = folder.resolve("vocab.json");
        Path merges = folder.resolve("merges.txt");
        try {
            if (Files.exists(whole)) {
                return Files.readString(whole);
            }
            if (!Files.exists(vocabulary) || !Files.exists(merges)) {
                throw new WeightsFormatException(
                        "Gpt2Tokenizer: expected tokenizer.json, or vocab.json and merges.txt, in "
                                + folder
                                + ", got neither");
            }
            return made(vocabulary(vocabulary), merges(merges)).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Gpt2Tokenizer: cannot read the tokenizer in " + folder + " (" + e + ")", e);
        }
    }

    private static JsonObject vocabulary(Path file) throws IOException {
        try {
            return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        } catch (JsonParseException | IllegalStateException e) {
            throw new WeightsFormatException(
                    "Gpt2Tokenizer: expected a JSON object in " + file + ": " + JsonProblem.of(e),
                    e);
        }
    }

    private static JsonArray merges(Path file) throws IOException {
        JsonArray merges = new JsonArray();
        // Not by lines(): merged letters may be other line ends than this one.
        for (String line : Splitter.on('\n').split(Files.readString(file))) {
            String merge = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
            if (!merge.isEmpty() && !merge.startsWith("#version")) {
                merges.add(merge);
            }
        }
        return merges;
    }

    private static JsonObject made(JsonObject vocabulary, JsonArray merges) {
        JsonObject json = new JsonObject();
        json.addProperty("version", "1.0");
        json.add("added_tokens", added(vocabulary));
        json.add("pre_tokenizer", byteLevel());
        json.add("decoder", byteLevel());
        JsonObject model = new JsonObject();
        model.addProperty("type", "BPE");
        model.add("vocab", vocabulary);
        model.add("merges", merges);
        json.add("model", model);
        return json;
    }

    private static JsonArray added(JsonObject vocabulary) {
        JsonArray added = new JsonArray();
        JsonElement id = vocabulary.get(END);
        if (id != null) {
            JsonObject token = new JsonObject();
            token.add("id", id);
            token.addProperty("content", END);
            token.addProperty("single_word", false);
            token.addProperty("lstrip", false);
            token.addProperty("rstrip", false);
            token.addProperty("normalized", false);
            token.addProperty("special", true);
            added.add(token);
        }
        return added;
    }

    private static JsonObject byteLevel() {
        JsonObject part = new JsonObject();
        part.addProperty("type", "ByteLevel");
        part.addProperty("add_prefix_space", false);
        part.addProperty("trim_offsets", true);
        part.addProperty("use_regex", true);
        return part;
    }
}

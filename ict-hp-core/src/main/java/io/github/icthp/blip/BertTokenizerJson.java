package io.github.icthp.blip;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import io.github.icthp.weights.ConfigFile;
import io.github.icthp.weights.WeightsFormatException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A {@code tokenizer.json} of BERT with BLIP's two tokens, from such a file or from a vocabulary
 * alone.
 */
final class BertTokenizerJson {

    private static final String JSON = "tokenizer.json";
    private static final String VOCABULARY = "vocab.txt";
    private static final List<String> OWN = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");
    private static final List<String> APPENDED = List.of("[DEC]", "[ENC]");

    private final JsonObject json;
    private final Map<String, Integer> ids = new LinkedHashMap<>();

    private BertTokenizerJson(JsonObject json, String source) {
        this.json = json;
        JsonObject model = json.getAsJsonObject("model");
        if (model == null
                || !(model.get("vocab") instanceof JsonObject vocabulary)
                || model.has("merges")) {
            throw new WeightsFormatException(
                    "BertTokenizer: expected BERT's WordPiece in "
                            + source
                            + ", got "
                            + (model == null ? "no model" : "a model of " + model.keySet()));
        }
        vocabulary.entrySet().forEach(e -> ids.put(e.getKey(), e.getValue().getAsInt()));
        JsonArray added = array(json, "added_tokens");
        for (JsonElement token : added) {
            JsonObject object = token.getAsJsonObject();
            ids.put(object.get("content").getAsString(), object.get("id").getAsInt());
        }
        for (String token : OWN) {
            if (!ids.containsKey(token)) {
                throw new WeightsFormatException(
                        "BertTokenizer: expected the token "
                                + token
                                + " in "
                                + source
                                + ", got "
                                + ids.size()
                                + " others");
            }
        }
        OWN.forEach(token -> added.add(special(token)));
        APPENDED.forEach(token -> added.add(special(token)));
        json.add("added_tokens", distinct(added));
        json.add("truncation", JsonNull.INSTANCE);
        json.add("padding", JsonNull.INSTANCE);
    }

    /** Reads a folder's files, or one of them. */
    static BertTokenizerJson read(Path path) {
        Path file = path;
        if (Files.isDirectory(path)) {
            Path whole = path.resolve(JSON);
            file = Files.exists(whole) ? whole : path.resolve(VOCABULARY);
        }
        if (!Files.exists(file)) {
            throw new WeightsFormatException(
                    "BertTokenizer: expected "
                            + JSON
                            + " or "
                            + VOCABULARY
                            + " of bert-base-uncased at "
                            + path
                            + ", got neither");
        }
        try {
            String text = Files.readString(file);
            boolean lines = file.getFileName().toString().endsWith(".txt");
            JsonObject json =
                    lines
                            ? fromVocabulary(text, lowerCase(file))
                            : JsonParser.parseString(text).getAsJsonObject();
            return new BertTokenizerJson(json, file.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "BertTokenizer: cannot read " + file + " (" + e + ")", e);
        } catch (JsonParseException
                | IllegalStateException
                | ClassCastException
                | UnsupportedOperationException
                | NullPointerException
                | NumberFormatException e) {
            throw new WeightsFormatException(
                    "BertTokenizer: " + file + " is damaged: " + e.getMessage(), e);
        }
    }

    /** Whether the model beside a vocabulary ignores case, as bert-base-uncased does. */
    private static boolean lowerCase(Path vocabulary) {
        Path config = vocabulary.resolveSibling("tokenizer_config.json");
        return !Files.exists(config) || ConfigFile.read(config).flag("do_lower_case", true);
    }

    private static JsonObject fromVocabulary(String text, boolean lowerCase) {
        JsonObject vocabulary = new JsonObject();
        int id = 0;
        for (String line : text.lines().toList()) {
            vocabulary.addProperty(line, id++);
        }
        JsonObject json =
                JsonParser.parseString(
                                """
                                {"version": "1.0", "added_tokens": [],
                                 "normalizer": {"type": "BertNormalizer", "clean_text": true,
                                  "handle_chinese_chars": true, "strip_accents": null},
                                 "pre_tokenizer": {"type": "BertPreTokenizer"},
                                 "post_processor": null,
                                 "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
                                 "model": {"type": "WordPiece", "unk_token": "[UNK]",
                                  "continuing_subword_prefix": "##",
                                  "max_input_chars_per_word": 100}}\
                                """)
                        .getAsJsonObject();
        json.getAsJsonObject("normalizer").addProperty("lowercase", lowerCase);
        json.getAsJsonObject("model").add("vocab", vocabulary);
        return json;
    }

    private static JsonArray array(JsonObject json, String name) {
        return json.get(name) instanceof JsonArray array ? array.deepCopy() : new JsonArray();
    }

    private JsonObject special(String token) {
        int id = ids.computeIfAbsent(token, t -> size());
        JsonObject object = new JsonObject();
        object.addProperty("id", id);
        object.addProperty("content", token);
        object.addProperty("single_word", false);
        object.addProperty("lstrip", false);
        object.addProperty("rstrip", false);
        object.addProperty("normalized", false);
        object.addProperty("special", true);
        return object;
    }

    /** One entry a token, the file's own first, in the order of their ids. */
    private static JsonArray distinct(JsonArray added) {
        Map<String, JsonElement> byContent = new LinkedHashMap<>();
        for (JsonElement token : added) {
            byContent.putIfAbsent(token.getAsJsonObject().get("content").getAsString(), token);
        }
        JsonArray sorted = new JsonArray();
        byContent.values().stream()
                .sorted(
                        java.util.Comparator.comparingInt(
                                token -> token.getAsJsonObject().get("id").getAsInt()))
                .forEach(sorted::add);
        return sorted;
    }

    /** One more than the largest id. */
    int size() {
        return 1 + ids.values().stream().mapToInt(Integer::intValue).max().orElse(-1);
    }

    long id(String token) {
        Integer id = ids.get(token);
        if (id == null) {
            throw new IllegalArgumentException(
                    "BertTokenizer: expected one of " + ids.size() + " tokens, got " + token);
        }
        return id;
    }

    String text() {
        return json.toString();
    }
}

package io.github.icthp.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;

import io.github.icthp.tokenizer.TokenizerVocabulary.Added;
import io.github.icthp.tokenizer.TokenizerVocabulary.Special;
import io.github.icthp.weights.JsonProblem;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;

/**
 * Reads a CLIP tokenizer's vocabulary: the bundled one, or the files of a Hugging Face folder.
 *
 * <p>A folder holds {@code tokenizer.json}, or {@code vocab.json} with {@code merges.txt}; beside
 * them {@code tokenizer_config.json} and, in older folders, {@code special_tokens_map.json} name
 * the special tokens. Which of them counts follows transformers 5 ({@code
 * PreTrainedTokenizerBase._from_pretrained} and {@code TokenizersBackend}): {@code
 * added_tokens_decoder} if there is one; else the map, then the configuration.
 */
final class TokenizerFiles {

    private static final String BUNDLED = "clip-merges.txt.gz";

    private final Path folder;
    private final JsonObject config;

    private TokenizerFiles(Path folder) {
        this.folder = folder;
        this.config = optional("tokenizer_config.json");
    }

    /** The vocabulary of OpenAI's CLIP, which every CLIP model of this library uses by default. */
    static TokenizerVocabulary bundled() {
        try (InputStream resource = TokenizerFiles.class.getResourceAsStream(BUNDLED)) {
            if (resource == null) {
                throw new IllegalStateException("ClipTokenizer: resource " + BUNDLED + " is gone");
            }
            return TokenizerVocabulary.fromMerges(merges(new GZIPInputStream(resource)));
        } catch (IOException e) {
            throw new UncheckedIOException("ClipTokenizer: cannot read resource " + BUNDLED, e);
        }
    }

    static TokenizerVocabulary read(Path folder) {
        return new TokenizerFiles(folder).vocabulary();
    }

    private TokenizerVocabulary vocabulary() {
        JsonObject tokenizer = optional("tokenizer.json");
        boolean single = !tokenizer.isEmpty();
        Map<String, Integer> tokens = single ? modelTokens(tokenizer) : vocabFile();
        List<String> merges = single ? modelMerges(tokenizer) : mergesFile();
        Map<String, Added> added = addedTokens(tokenizer);
        Special special = special(added);
        TokenizerVocabulary vocabulary =
                new TokenizerVocabulary(
                        tokens, merges, List.copyOf(added.values()), special, contextLength());
        vocabulary
                .brokenMerge()
                .ifPresent(
                        merge -> {
                            throw bad("merge '" + merge + "' joins what the vocabulary lacks");
                        });
        return vocabulary;
    }

    private int contextLength() {
        double length =
                config.has("model_max_length") ? config.get("model_max_length").getAsDouble() : 0;
        boolean stated = length >= 2 && length <= Integer.MAX_VALUE;
        return stated ? (int) length : TokenizerVocabulary.CONTEXT_LENGTH;
    }

    // ---- the byte-pair model

    private Map<String, Integer> modelTokens(JsonObject tokenizer) {
        JsonObject model = tokenizer.getAsJsonObject("model");
        JsonElement suffix = model == null ? null : model.get("end_of_word_suffix");
        if (!new JsonPrimitive("</w>").equals(suffix)) {
            throw bad(
                    "tokenizer.json must hold CLIP's byte-pair model, whose end_of_word_suffix is"
                            + " </w>; it is "
                            + suffix);
        }
        return tokens(model.getAsJsonObject("vocab"), "tokenizer.json");
    }

    private static List<String> modelMerges(JsonObject tokenizer) {
        List<String> merges = new ArrayList<>();
        for (JsonElement merge : tokenizer.getAsJsonObject("model").getAsJsonArray("merges")) {
            if (merge instanceof JsonArray pair) {
                merges.add(pair.get(0).getAsString() + " " + pair.get(1).getAsString());
            } else {
                merges.add(merge.getAsString());
            }
        }
        return merges;
    }

    private Map<String, Integer> vocabFile() {
        return tokens(optional("vocab.json"), "vocab.json");
    }

    private Map<String, Integer> tokens(@Nullable JsonObject vocab, String file) {
        if (vocab == null || vocab.isEmpty()) {
            throw bad(
                    "expected tokenizer.json, or vocab.json and merges.txt; "
                            + file
                            + " gives no tokens");
        }
        Map<String, Integer> tokens = new LinkedHashMap<>();
        vocab.entrySet().forEach(e -> tokens.put(e.getKey(), e.getValue().getAsInt()));
        return tokens;
    }

    private List<String> mergesFile() {
        Path file = folder.resolve("merges.txt");
        try (InputStream in = Files.newInputStream(file)) {
            return merges(in);
        } catch (IOException e) {
            throw new TokenizerFormatException("ClipTokenizer: cannot read " + file + ": " + e, e);
        }
    }

    private static List<String> merges(InputStream in) throws IOException {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        List<String> merges = new ArrayList<>();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (!line.isBlank() && !line.startsWith("#version")) {
                merges.add(line.stripTrailing());
            }
        }
        return merges;
    }

    // ---- special tokens

    private Map<String, Added> addedTokens(JsonObject tokenizer) {
        Map<String, Added> added = new LinkedHashMap<>();
        if (config.get("added_tokens_decoder") instanceof JsonObject decoder) {
            decoder.entrySet().forEach(entry -> put(added, entry.getValue()));
        } else if (tokenizer.get("added_tokens") instanceof JsonArray list) {
            list.forEach(token -> put(added, token));
        }
        return added;
    }

    /** Finds the tokens with a role; those that were not added above are added as the role says. */
    private Special special(Map<String, Added> added) {
        JsonObject named = config.deepCopy();
        if (!config.has("added_tokens_decoder")) {
            named.asMap().putAll(optional("special_tokens_map.json").asMap());
        }
        Set<String> fixed = Set.copyOf(added.keySet());
        Special openai = Special.OPENAI;
        return new Special(
                role(named.get("bos_token"), openai.start(), fixed, added),
                role(named.get("eos_token"), openai.end(), fixed, added),
                role(named.get("unk_token"), openai.unknown(), fixed, added),
                role(named.get("pad_token"), openai.pad(), fixed, added));
    }

    private static String role(
            @Nullable JsonElement token,
            String otherwise,
            Set<String> fixed,
            Map<String, Added> added) {
        Map<String, Added> found = new LinkedHashMap<>();
        put(found, token == null || token.isJsonNull() ? new JsonPrimitive(otherwise) : token);
        String content = found.keySet().iterator().next();
        if (!fixed.contains(content)) {
            added.putAll(found);
        }
        return content;
    }

    /** A token is an object that says how to look for it, or its bare text, looked for as it is. */
    private static void put(Map<String, Added> added, JsonElement token) {
        if (token instanceof JsonObject object) {
            String content = object.get("content").getAsString();
            boolean special = object.has("special") && object.get("special").getAsBoolean();
            JsonElement normalized = object.get("normalized");
            added.put(
                    content,
                    new Added(content, normalized == null ? !special : normalized.getAsBoolean()));
        } else {
            added.put(token.getAsString(), new Added(token.getAsString(), false));
        }
    }

    // ---- files

    /** Reads a JSON object; a file that is not there is an empty one. */
    private JsonObject optional(String name) {
        Path file = folder.resolve(name);
        if (!Files.exists(file)) {
            return new JsonObject();
        }
        try {
            return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        } catch (IOException | JsonParseException | IllegalStateException e) {
            throw new TokenizerFormatException(
                    "ClipTokenizer: expected a JSON object in " + file + ": " + JsonProblem.of(e),
                    e);
        }
    }

    private TokenizerFormatException bad(String what) {
        return new TokenizerFormatException("ClipTokenizer: " + folder + ": " + what);
    }
}

package io.github.icthp.clip;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;

import java.util.List;
import java.util.Map;

/**
 * Writes the {@code tokenizer.json} that Hugging Face's tokenizers library runs.
 *
 * <p>{@link #huggingFace} is what transformers builds for {@code CLIPTokenizer} (its {@code
 * tokenization_clip.py}): NFC, white space folded, lower case, then words, single digits and runs
 * of anything else. {@link #openClip} expects text that is already clean, has no special tokens,
 * and matches contractions whatever their case, as open_clip's pattern does.
 */
final class TokenizerJson {

    private static final String WORDS = "[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";
    private static final String CONTRACTIONS = "'s|'t|'re|'ve|'m|'ll|'d";
    private static final String SPECIAL = "<\\|startoftext\\|>|<\\|endoftext\\|>";

    private TokenizerJson() {}

    static String huggingFace(TokenizerVocabulary vocabulary) {
        JsonArray steps = new JsonArray();
        steps.add(typed("NFC"));
        JsonObject fold = typed("Replace");
        fold.add("pattern", regex("\\s+"));
        fold.addProperty("content", " ");
        steps.add(fold);
        steps.add(typed("Lowercase"));
        JsonObject normalizer = typed("Sequence");
        normalizer.add("normalizers", steps);

        JsonObject json = common(vocabulary, SPECIAL + "|" + CONTRACTIONS + "|" + WORDS, true);
        json.add("normalizer", normalizer);
        json.add("added_tokens", addedTokens(vocabulary));
        return json.toString();
    }

    static String openClip(TokenizerVocabulary vocabulary) {
        return common(vocabulary, "(?i:" + CONTRACTIONS + ")|" + WORDS, false).toString();
    }

    private static JsonObject common(
            TokenizerVocabulary vocabulary, String pattern, boolean splitAgain) {
        JsonObject json = new JsonObject();
        json.addProperty("version", "1.0");
        for (String unused : List.of("truncation", "padding", "normalizer", "post_processor")) {
            json.add(unused, JsonNull.INSTANCE);
        }
        json.add("added_tokens", new JsonArray());
        json.add("pre_tokenizer", split(pattern, splitAgain));
        JsonObject decoder = typed("ByteLevel");
        decoder.addProperty("add_prefix_space", true);
        decoder.addProperty("trim_offsets", true);
        decoder.addProperty("use_regex", true);
        json.add("decoder", decoder);
        json.add("model", model(vocabulary));
        return json;
    }

    private static JsonObject split(String pattern, boolean splitAgain) {
        JsonObject split = typed("Split");
        split.add("pattern", regex(pattern));
        split.addProperty("behavior", "Removed");
        split.addProperty("invert", true);
        JsonObject bytes = typed("ByteLevel");
        bytes.addProperty("add_prefix_space", false);
        bytes.addProperty("trim_offsets", true);
        bytes.addProperty("use_regex", splitAgain);
        JsonArray steps = new JsonArray();
        steps.add(split);
        steps.add(bytes);
        JsonObject both = typed("Sequence");
        both.add("pretokenizers", steps);
        return both;
    }

    private static JsonObject model(TokenizerVocabulary vocabulary) {
        JsonObject tokens = new JsonObject();
        vocabulary.tokens().forEach(tokens::addProperty);
        JsonArray merges = new JsonArray();
        vocabulary.merges().forEach(merges::add);
        JsonObject model = typed("BPE");
        model.add("dropout", JsonNull.INSTANCE);
        model.addProperty("unk_token", vocabulary.special().unknown());
        model.addProperty("continuing_subword_prefix", "");
        model.addProperty("end_of_word_suffix", "</w>");
        model.addProperty("fuse_unk", false);
        model.addProperty("byte_fallback", false);
        model.add("vocab", tokens);
        model.add("merges", merges);
        return model;
    }

    private static JsonArray addedTokens(TokenizerVocabulary vocabulary) {
        Map<String, Integer> ids = vocabulary.ids();
        JsonArray list = new JsonArray();
        for (TokenizerVocabulary.Added token : vocabulary.added()) {
            JsonObject json = new JsonObject();
            json.addProperty("id", ids.get(token.content()));
            json.addProperty("content", token.content());
            json.addProperty("single_word", false);
            json.addProperty("lstrip", false);
            json.addProperty("rstrip", false);
            json.addProperty("normalized", token.normalized());
            json.addProperty("special", true);
            list.add(json);
        }
        return list;
    }

    private static JsonObject typed(String type) {
        JsonObject json = new JsonObject();
        json.addProperty("type", type);
        return json;
    }

    private static JsonObject regex(String pattern) {
        JsonObject json = new JsonObject();
        json.addProperty("Regex", pattern);
        return json;
    }
}

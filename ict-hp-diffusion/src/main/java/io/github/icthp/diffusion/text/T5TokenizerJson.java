package io.github.icthp.diffusion.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import io.github.icthp.diffusion.text.SentencePieceModel.Piece;

import java.util.Locale;

/**
 * Writes a {@code tokenizer.json} for a folder that has a {@code spiece.model} alone, as
 * transformers converts it ({@code convert_slow_tokenizer.py}, {@code T5Converter}).
 */
final class T5TokenizerJson {

    private static final String SPECIAL =
            """
            {"id": %d, "content": "%s", "single_word": false, "lstrip": false, "rstrip": false,
             "normalized": false, "special": true}""";
    private static final String AROUND =
            """
            {"version": "1.0", "truncation": null, "padding": null,
             "normalizer": {"type": "Sequence", "normalizers": [
               {"type": "Strip", "strip_left": false, "strip_right": true},
               {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "\\u2581"}]},
             "pre_tokenizer": {"type": "Metaspace", "replacement": "\\u2581",
               "prepend_scheme": "always", "split": true},
             "post_processor": {"type": "TemplateProcessing",
               "single": [{"Sequence": {"id": "A", "type_id": 0}},
                          {"SpecialToken": {"id": "</s>", "type_id": 0}}],
               "pair": [{"Sequence": {"id": "A", "type_id": 0}},
                        {"SpecialToken": {"id": "</s>", "type_id": 0}},
                        {"Sequence": {"id": "B", "type_id": 0}},
                        {"SpecialToken": {"id": "</s>", "type_id": 0}}],
               "special_tokens": {"</s>": {"id": "</s>", "ids": [1], "tokens": ["</s>"]}}},
             "decoder": {"type": "Metaspace", "replacement": "\\u2581",
               "prepend_scheme": "always", "split": true}}""";

    private T5TokenizerJson() {}

    /** Sentinels {@code <extra_id_i>} follow the pieces, the last of them first. */
    static String of(SentencePieceModel model, int sentinels) {
        JsonObject json = object(AROUND);
        JsonArray vocabulary = new JsonArray();
        model.pieces().forEach(piece -> vocabulary.add(entry(piece)));
        JsonArray added = new JsonArray();
        for (int id = 0; id < 3; id++) {
            added.add(
                    object(String.format(Locale.ROOT, SPECIAL, id, model.pieces().get(id).text())));
        }
        for (int i = sentinels - 1; i >= 0; i--) {
            String name = "<extra_id_" + i + ">";
            added.add(object(String.format(Locale.ROOT, SPECIAL, vocabulary.size(), name)));
            vocabulary.add(entry(new Piece(name, 0)));
        }
        json.add("added_tokens", added);
        JsonObject unigram =
                object("{\"type\": \"Unigram\", \"unk_id\": 2, \"byte_fallback\": false}");
        unigram.add("vocab", vocabulary);
        json.add("model", unigram);
        if (!model.characters().isEmpty()) {
            JsonObject characters = object("{\"type\": \"Precompiled\"}");
            characters.addProperty("precompiled_charsmap", model.characters());
            JsonArray steps = new JsonArray();
            steps.add(characters);
            steps.addAll(json.getAsJsonObject("normalizer").getAsJsonArray("normalizers"));
            json.getAsJsonObject("normalizer").add("normalizers", steps);
        }
        return json.toString();
    }

    private static JsonArray entry(Piece piece) {
        JsonArray entry = new JsonArray();
        entry.add(piece.text());
        entry.add(piece.score());
        return entry;
    }

    private static JsonObject object(String text) {
        return JsonParser.parseString(text).getAsJsonObject();
    }
}

package io.github.icthp.tokenizer;

import com.google.gson.stream.JsonWriter;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * Writes the {@code tokenizer.json} that Hugging Face's tokenizers library runs.
 *
 * <p>{@link #huggingFace} is what transformers builds for {@code CLIPTokenizer} (its {@code
 * tokenization_clip.py}): NFC, white space folded, lower case, then words, single digits and runs
 * of anything else. {@link #openClip} expects text that is already clean, has no special tokens,
 * and matches contractions whatever their case, as open_clip's pattern does.
 *
 * <p>The file is written as it goes: a tree of its hundred thousand values takes five times as
 * long.
 */
final class TokenizerJson {

    private static final String WORDS = "[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

    /**
     * Python's {@code regex}, ignoring case, takes U+0345 (a mark that is a letter in capitals) for
     * neither a letter nor anything else: it is lost.
     */
    private static final String OPEN_CLIP_WORDS = "[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}\\x{345}]+";

    private static final String CONTRACTIONS = "'s|'t|'re|'ve|'m|'ll|'d";
    private static final String SPECIAL = "<\\|startoftext\\|>|<\\|endoftext\\|>";

    private final TokenizerVocabulary vocabulary;
    private final StringWriter text = new StringWriter();
    private final JsonWriter json = new JsonWriter(text);

    private TokenizerJson(TokenizerVocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    static String huggingFace(TokenizerVocabulary vocabulary) {
        return new TokenizerJson(vocabulary).write(false);
    }

    static String openClip(TokenizerVocabulary vocabulary) {
        return new TokenizerJson(vocabulary).write(true);
    }

    private String write(boolean openClip) {
        try {
            json.beginObject();
            json.name("version").value("1.0");
            if (!openClip) {
                writeAddedTokens();
                writeNormalizer();
            }
            json.name("pre_tokenizer");
            writeSplit(
                    openClip
                            ? "(?i:" + CONTRACTIONS + ")|" + OPEN_CLIP_WORDS
                            : SPECIAL + "|" + CONTRACTIONS + "|" + WORDS,
                    !openClip);
            json.name("decoder");
            writeByteLevel(true, true);
            writeModel();
            json.endObject();
            return text.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // strings do not fail
        }
    }

    private void writeAddedTokens() throws IOException {
        Map<String, Integer> ids = vocabulary.ids();
        json.name("added_tokens").beginArray();
        for (TokenizerVocabulary.Added token : vocabulary.added()) {
            json.beginObject();
            json.name("id").value(ids.get(token.content()));
            json.name("content").value(token.content());
            for (String trait : new String[] {"single_word", "lstrip", "rstrip"}) {
                json.name(trait).value(false);
            }
            json.name("normalized").value(token.normalized());
            json.name("special").value(true);
            json.endObject();
        }
        json.endArray();
    }

    private void writeNormalizer() throws IOException {
        json.name("normalizer").beginObject();
        json.name("type").value("Sequence");
        json.name("normalizers").beginArray();
        json.beginObject().name("type").value("NFC").endObject();
        json.beginObject().name("type").value("Replace");
        writeRegex("\\s+");
        json.name("content").value(" ").endObject();
        json.beginObject().name("type").value("Lowercase").endObject();
        json.endArray().endObject();
    }

    private void writeSplit(String pattern, boolean splitAgain) throws IOException {
        json.beginObject().name("type").value("Sequence");
        json.name("pretokenizers").beginArray();
        json.beginObject().name("type").value("Split");
        writeRegex(pattern);
        json.name("behavior").value("Removed").name("invert").value(true).endObject();
        writeByteLevel(false, splitAgain);
        json.endArray().endObject();
    }

    private void writeByteLevel(boolean prefixSpace, boolean split) throws IOException {
        json.beginObject().name("type").value("ByteLevel");
        json.name("add_prefix_space").value(prefixSpace);
        json.name("trim_offsets").value(true);
        json.name("use_regex").value(split);
        json.endObject();
    }

    private void writeRegex(String pattern) throws IOException {
        json.name("pattern").beginObject().name("Regex").value(pattern).endObject();
    }

    private void writeModel() throws IOException {
        json.name("model").beginObject().name("type").value("BPE");
        json.name("unk_token").value(vocabulary.special().unknown());
        json.name("continuing_subword_prefix").value("");
        json.name("end_of_word_suffix").value("</w>");
        json.name("fuse_unk").value(false);
        json.name("byte_fallback").value(false);
        json.name("vocab").beginObject();
        for (Map.Entry<String, Integer> token : vocabulary.tokens().entrySet()) {
            json.name(token.getKey()).value(token.getValue());
        }
        json.endObject();
        json.name("merges").beginArray();
        for (String merge : vocabulary.merges()) {
            json.value(merge);
        }
        json.endArray().endObject();
    }
}

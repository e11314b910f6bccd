package io.github.icthp.tokenizer;

import com.google.gson.JsonObject;

import io.github.icthp.files.FolderFiles;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A tokenizer of CLIP's or GPT-2's kind for a small language, to go with a fresh model: every word
 * it is given becomes one token, and any other text is spelled in smaller pieces.
 *
 * <p>Merges are learned as byte-pair encoding does (Sennrich et al. 2016, arXiv 1508.07909): the
 * pair that most words contain is merged, until every word is one piece.
 */
public final class FreshTokenizer {

    /** GPT-2's stand-in for the space before a word. */
    private static final String SPACE = "\u0120";

    private static final String GPT2_END = "<|endoftext|>";

    private FreshTokenizer() {}

    /**
     * Writes {@code tokenizer.json} and {@code tokenizer_config.json}.
     *
     * @param words lower-case ASCII words
     * @param contextLength tokens that the model reads, start and end included
     * @param folder where to; made if it is not there
     * @return the number of tokens; the last one ends a text
     * @throws UncheckedIOException if it cannot be written
     */
    public static int write(Collection<String> words, int contextLength, Path folder) {
        TokenizerVocabulary vocabulary =
                TokenizerVocabulary.fromMerges(merges(words)).withContextLength(contextLength);
        try {
            FolderFiles.make(folder);
            Files.writeString(
                    folder.resolve("tokenizer.json"), TokenizerJson.huggingFace(vocabulary));
            Files.writeString(
                    folder.resolve("tokenizer_config.json"),
                    String.format(
                            Locale.ROOT,
                            """
                    {
                      "tokenizer_class": "CLIPTokenizer",
                      "model_max_length": %d,
                      "bos_token": "%s",
                      "eos_token": "%s",
                      "unk_token": "%s",
                      "pad_token": "%s"
                    }
                    """,
                            contextLength,
                            TokenizerVocabulary.START,
                            TokenizerVocabulary.END,
                            TokenizerVocabulary.END,
                            TokenizerVocabulary.END));
        } catch (IOException e) {
            throw new UncheckedIOException("FreshTokenizer: cannot write to " + folder, e);
        }
        return vocabulary.ids().size();
    }

    /**
     * Writes a tokenizer of GPT-2's kind, {@code vocab.json} and {@code merges.txt}: every word is
     * one token where a space stands before it.
     *
     * @param words words of ASCII letters
     * @param folder where to; made if it is not there
     * @return the number of tokens; the first one, 0, ends a text
     * @throws UncheckedIOException if it cannot be written
     */
    public static int writeGpt2(Collection<String> words, Path folder) {
        List<List<String>> spelled = new ArrayList<>();
        for (String word : new TreeSet<>(words)) {
            List<String> letters = letters(word);
            letters.add(0, SPACE);
            spelled.add(letters);
        }
        List<String> merges = learned(spelled);
        JsonObject vocabulary = new JsonObject();
        vocabulary.addProperty(GPT2_END, 0);
        TokenizerVocabulary.byteSymbols()
                .forEach(s -> vocabulary.addProperty(s, vocabulary.size()));
        merges.forEach(merge -> vocabulary.addProperty(merge.replace(" ", ""), vocabulary.size()));
        try {
            FolderFiles.make(folder);
            Files.writeString(folder.resolve("vocab.json"), vocabulary.toString());
            Files.writeString(
                    folder.resolve("merges.txt"),
                    "#version: 0.2\n" + String.join("\n", merges) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException("FreshTokenizer: cannot write to " + folder, e);
        }
        return vocabulary.size();
    }

    static List<String> merges(Collection<String> words) {
        List<List<String>> spelled = new ArrayList<>();
        for (String word : new TreeSet<>(words)) {
            List<String> letters = letters(word);
            letters.set(letters.size() - 1, letters.get(letters.size() - 1) + "</w>");
            spelled.add(letters);
        }
        return learned(spelled);
    }

    private static List<String> learned(List<List<String>> spelled) {
        List<String> merges = new ArrayList<>();
        while (spelled.stream().anyMatch(pieces -> pieces.size() > 1)) {
            String merge = commonest(spelled);
            merges.add(merge);
            spelled.forEach(pieces -> join(pieces, merge));
        }
        return merges;
    }

    private static List<String> letters(String word) {
        boolean ascii = !word.isEmpty() && StandardCharsets.US_ASCII.newEncoder().canEncode(word);
        if (!ascii) {
            throw new IllegalArgumentException(
                    "FreshTokenizer: expected words in ASCII, got \"" + word + "\"");
        }
        return new ArrayList<>(List.of(word.split("")));
    }

    /** The pair that occurs most often; of equals the first in alphabetical order. */
    private static String commonest(List<List<String>> words) {
        Map<String, Integer> counts = new TreeMap<>();
        for (List<String> pieces : words) {
            for (int i = 0; i + 1 < pieces.size(); i++) {
                counts.merge(pieces.get(i) + " " + pieces.get(i + 1), 1, Integer::sum);
            }
        }
        String best = "";
        int most = 0;
        for (Map.Entry<String, Integer> pair : counts.entrySet()) {
            if (pair.getValue() > most) {
                best = pair.getKey();
                most = pair.getValue();
            }
        }
        return best;
    }

    private static void join(List<String> pieces, String merge) {
        for (int i = 0; i + 1 < pieces.size(); i++) {
            if (merge.equals(pieces.get(i) + " " + pieces.get(i + 1))) {
                pieces.set(i, pieces.get(i) + pieces.remove(i + 1));
            }
        }
    }
}

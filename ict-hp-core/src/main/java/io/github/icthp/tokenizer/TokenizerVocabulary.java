package io.github.icthp.tokenizer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a CLIP tokenizer knows: its byte-pair vocabulary and its special tokens.
 *
 * @param tokens every token of the model with its id
 * @param merges the merges in order of rank, each {@code "left right"}
 * @param added tokens that are looked for in the text before anything else
 * @param special the tokens with a role
 * @param contextLength tokens that a model reads, start and end included
 */
record TokenizerVocabulary(
        Map<String, Integer> tokens,
        List<String> merges,
        List<Added> added,
        Special special,
        int contextLength) {

    static final String START = "<|startoftext|>";
    static final String END = "<|endoftext|>";
    static final int CONTEXT_LENGTH = 77;

    /**
     * A token that is looked for in the text as it stands.
     *
     * @param content its text
     * @param normalized whether it is looked for after lower-casing and white-space folding
     */
    record Added(String content, boolean normalized) {}

    /**
     * Tokens with a role.
     *
     * @param start comes first
     * @param end comes last
     * @param unknown stands for what has no token
     * @param pad fills a row up
     */
    record Special(String start, String end, String unknown, String pad) {

        static final Special OPENAI = new Special(START, END, END, END);

        List<String> all() {
            return List.of(start, end, unknown, pad);
        }

        Special withPad(String token) {
            return new Special(start, end, unknown, token);
        }
    }

    /**
     * Builds a vocabulary from merges alone, as the original CLIP code numbers it: the 256 bytes,
     * the 256 bytes at a word's end, one token per merge, start and end.
     */
    static TokenizerVocabulary fromMerges(List<String> merges) {
        Map<String, Integer> tokens = new LinkedHashMap<>();
        List<String> bytes = byteSymbols();
        bytes.forEach(symbol -> tokens.put(symbol, tokens.size()));
        bytes.forEach(symbol -> tokens.put(symbol + "</w>", tokens.size()));
        merges.forEach(merge -> tokens.put(merge.replace(" ", ""), tokens.size()));
        tokens.put(START, tokens.size());
        tokens.put(END, tokens.size());
        List<Added> added = List.of(new Added(START, true), new Added(END, false));
        return new TokenizerVocabulary(tokens, merges, added, Special.OPENAI, CONTEXT_LENGTH);
    }

    /** The printable stand-ins for the 256 bytes: printable Latin-1 first, then from U+0100 on. */
    static List<String> byteSymbols() {
        List<String> symbols = new ArrayList<>();
        for (int b = 0; b < 256; b++) {
            if (printable(b)) {
                symbols.add(String.valueOf((char) b));
            }
        }
        for (int next = 256; symbols.size() < 256; next++) {
            symbols.add(String.valueOf((char) next));
        }
        return symbols;
    }

    private static boolean printable(int b) {
        return (b > ' ' && b <= '~') || (b > 0xA0 && b != 0xAD);
    }

    /** Returns the same vocabulary with another padding token. */
    TokenizerVocabulary withPad(String token) {
        List<Added> more = new ArrayList<>(added);
        if (more.stream().noneMatch(a -> a.content().equals(token))) {
            more.add(new Added(token, false));
        }
        return new TokenizerVocabulary(tokens, merges, more, special.withPad(token), contextLength);
    }

    TokenizerVocabulary withContextLength(int length) {
        return new TokenizerVocabulary(tokens, merges, added, special, length);
    }

    /** Returns every token's id: the model's tokens, then added ones that the model lacks. */
    Map<String, Integer> ids() {
        Map<String, Integer> ids = new LinkedHashMap<>(tokens);
        added.forEach(token -> ids.putIfAbsent(token.content(), ids.size()));
        return ids;
    }

    /** Returns the first merge whose parts or result are no tokens. */
    Optional<String> brokenMerge() {
        return merges.stream().filter(merge -> !known(merge)).findFirst();
    }

    private boolean known(String merge) {
        int space = merge.indexOf(' ');
        return space > 0
                && tokens.containsKey(merge.substring(0, space))
                && tokens.containsKey(merge.substring(space + 1))
                && tokens.containsKey(merge.replace(" ", ""));
    }
}

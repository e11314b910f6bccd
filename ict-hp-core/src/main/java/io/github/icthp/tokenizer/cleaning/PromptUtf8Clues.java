package io.github.icthp.tokenizer.cleaning;

import java.util.BitSet;
import java.util.function.UnaryOperator;

/**
 * Finds runs of characters that would be whole UTF-8 sequences if each stood for the byte that some
 * Latin-1-like encoding has for it (ftfy's {@code UTF8_DETECTOR_RE}).
 */
final class PromptUtf8Clues {

    private static final BitSet FIRST_OF_2 = decoded(0xC2, 0xDF);
    private static final BitSet FIRST_OF_3 = decoded(0xE0, 0xEF);
    private static final BitSet FIRST_OF_4 = union(decoded(0xF0, 0xF0), decoded(0xF3, 0xF3));

    /** What continues a sequence and seldom stands for itself: no dashes, quotes, dots. */
    private static final BitSet CONTINUES_STRICTLY = without(decoded(0x80, 0xBF), "–—―‘’‚“”„•…");

    /** Spaces count as well: many programs turn byte A0 into one. */
    private static final BitSet CONTINUES = union(decoded(0x80, 0xBF), of(' '));

    private PromptUtf8Clues() {}

    /** Rewrites every run, longest first from the left, and leaves the rest as it is. */
    static String replaceRuns(String text, UnaryOperator<String> fix) {
        StringBuilder result = new StringBuilder(text.length());
        int at = 0;
        while (at < text.length()) {
            int end = runEnd(text, at);
            result.append(end > at ? fix.apply(text.substring(at, end)) : text.charAt(at));
            at = Math.max(end, at + 1);
        }
        return result.toString();
    }

    private static int runEnd(String text, int start) {
        if (start > 0 && CONTINUES_STRICTLY.get(text.charAt(start - 1))) {
            return start;
        }
        int end = start;
        for (int next = sequence(text, end); next > 0; next = sequence(text, end)) {
            end += next;
        }
        return end;
    }

    /** Returns the length of the sequence that starts at a place, or 0. */
    private static int sequence(String text, int at) {
        if (at >= text.length()) {
            return 0;
        }
        char first = text.charAt(at);
        if (FIRST_OF_2.get(first) && continues(text, at, 1)) {
            return 2;
        }
        if (FIRST_OF_3.get(first) && continues(text, at, 2)) {
            return 3;
        }
        return FIRST_OF_4.get(first) && continues(text, at, 3) ? 4 : 0;
    }

    private static boolean continues(String text, int at, int count) {
        if (at + count >= text.length()) {
            return false;
        }
        for (int i = at + 1; i <= at + count; i++) {
            if (!CONTINUES.get(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static BitSet decoded(int from, int to) {
        BitSet set = new BitSet();
        for (PromptCharset charset : PromptCharset.LIKE_LATIN_1) {
            set.or(of(charset.characters(from, to)));
        }
        return set;
    }

    private static BitSet of(char... characters) {
        BitSet set = new BitSet();
        for (char c : characters) {
            set.set(c);
        }
        return set;
    }

    private static BitSet union(BitSet a, BitSet b) {
        a.or(b);
        return a;
    }

    private static BitSet without(BitSet set, String characters) {
        set.andNot(of(characters.toCharArray()));
        return set;
    }
}

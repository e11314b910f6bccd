package io.github.icthp.tokenizer.cleaning;

import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces single characters that are seldom meant: curly quotes, ligatures, full-width letters,
 * odd line breaks, control characters and terminal escapes, as ftfy 6.3.1 ({@code fixes.py}) does.
 */
public final class PromptCharacters {

    /** What Python takes for white space, as the inside of a character class. */
    static final String SPACE =
            "\t-\r\u001c- \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";

    private static final Pattern TERMINAL_ESCAPE = Pattern.compile("\\x1b\\[[\\p{Nd};]*[a-zA-Z]");
    private static final Pattern SINGLE_QUOTE = Pattern.compile("[\u02bc\u2018-\u201b]");
    private static final Pattern DOUBLE_QUOTE = Pattern.compile("[\u201c-\u201f]");
    private static final Pattern LINE_BREAK = Pattern.compile("\r\n|[\r\u2028\u2029\u0085]");
    private static final Pattern CONTROL =
            Pattern.compile("[\\x00-\\x08\\x0b\\x0e-\\x1f\\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]");
    private static final Pattern C1 = Pattern.compile("[\\x80-\\x9f]");
    private static final Pattern LIGATURE = Pattern.compile("[ĲĳŉǱ-ǳǄ-ǌﬀ-ﬆ]");
    private static final Pattern ODD_WIDTH = Pattern.compile("[\u3000\uff01-\uffef]");

    private static final char SIGMA = 'Σ';

    /** Punctuation within words, which has no part in telling where a word ends. */
    private static final String CASE_IGNORED =
            "'.:·‘’\u0387\u055f\u05f4\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a";

    private PromptCharacters() {}

    static String replaceC1Controls(String text) {
        return C1.matcher(text)
                .replaceAll(
                        m ->
                                String.valueOf(
                                        PromptCharset.WINDOWS_1252.character(m.group().charAt(0))));
    }

    static String replaceLigatures(String text) {
        String apart = text.replace("ﬅ", "ſt"); // decomposition would give plain s
        return LIGATURE.matcher(apart).replaceAll(m -> compatible(m.group()));
    }

    static String replaceWidths(String text) {
        return ODD_WIDTH.matcher(text).replaceAll(m -> compatible(m.group()));
    }

    private static String compatible(String character) {
        return Matcher.quoteReplacement(Normalizer.normalize(character, Normalizer.Form.NFKC));
    }

    static String straightenQuotes(String text) {
        String straight = DOUBLE_QUOTE.matcher(text).replaceAll("\"");
        return SINGLE_QUOTE.matcher(straight).replaceAll("'");
    }

    static String unifyLineBreaks(String text) {
        return LINE_BREAK.matcher(text).replaceAll("\n");
    }

    /**
     * Puts U+FFFD where half a surrogate pair stands alone.
     *
     * @param text any text
     * @return text that UTF-8 can hold
     */
    public static String replaceLoneSurrogates(String text) {
        StringBuilder whole = new StringBuilder(text.length());
        text.codePoints()
                .map(c -> c >= 0xD800 && c <= 0xDFFF ? 0xFFFD : c)
                .forEach(whole::appendCodePoint);
        return whole.toString();
    }

    static String removeTerminalEscapes(String text) {
        return TERMINAL_ESCAPE.matcher(text).replaceAll("");
    }

    static String removeControls(String text) {
        return CONTROL.matcher(text).replaceAll("");
    }

    /** Lower-cases as Unicode (and Python) says; Java has its own idea of a word's last sigma. */
    static String lowerCase(String text) {
        if (text.indexOf(SIGMA) < 0) {
            return text.toLowerCase(Locale.ROOT);
        }
        StringBuilder lower = new StringBuilder(text);
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == SIGMA) {
                lower.setCharAt(i, isLast(text, i) ? 'ς' : 'σ');
            }
        }
        return lower.toString().toLowerCase(Locale.ROOT);
    }

    private static boolean isLast(String text, int sigma) {
        int before = sigma;
        while (before > 0 && isCaseIgnored(text.codePointBefore(before))) {
            before = text.offsetByCodePoints(before, -1);
        }
        int after = sigma + 1;
        while (after < text.length() && isCaseIgnored(text.codePointAt(after))) {
            after = text.offsetByCodePoints(after, 1);
        }
        boolean letterBefore = before > 0 && isCased(text.codePointBefore(before));
        boolean letterAfter = after < text.length() && isCased(text.codePointAt(after));
        return letterBefore && !letterAfter;
    }

    /** Unicode's Case_Ignorable. */
    private static boolean isCaseIgnored(int character) {
        return switch (Character.getType(character)) {
            case Character.NON_SPACING_MARK,
                    Character.ENCLOSING_MARK,
                    Character.FORMAT,
                    Character.MODIFIER_LETTER,
                    Character.MODIFIER_SYMBOL ->
                    true;
            default -> CASE_IGNORED.indexOf(character) >= 0;
        };
    }

    /** Unicode's Cased. */
    private static boolean isCased(int character) {
        return Character.isUpperCase(character)
                || Character.isLowerCase(character)
                || Character.isTitleCase(character);
    }
}

package io.github.icthp.tokenizer.cleaning;

import java.text.Normalizer;

/**
 * Mends text that went wrong on its way here, as {@code ftfy.fix_text} of ftfy 6.3.1 does with its
 * default settings: HTML references, mojibake, ligatures, widths, quotes, line breaks, surrogates,
 * terminal escapes, control characters, and Unicode normalization NFC.
 */
final class PromptRepair {

    /** Lines longer than this many characters are mended in pieces. */
    private static final int LONGEST = 1_000_000;

    private PromptRepair() {}

    /** Mends a text line by line; from a line with a "<" on, HTML references are left alone. */
    static String fixText(String text) {
        if (text.chars().allMatch(c -> c >= ' ' && c <= '~' && c != '&')) {
            return text; // none of the repairs applies
        }
        StringBuilder fixed = new StringBuilder(text.length());
        boolean html = false;
        int start = 0;
        while (start < text.length()) {
            int end = segmentEnd(text, start);
            String segment = text.substring(start, end);
            html |= segment.contains("<");
            fixed.append(fixSegment(segment, html));
            start = end;
        }
        return fixed.toString();
    }

    private static int segmentEnd(String text, int start) {
        int lineEnd = text.indexOf('\n', start) + 1;
        int end = lineEnd == 0 ? text.length() : lineEnd;
        boolean tooLong = text.codePointCount(start, end) > LONGEST;
        return tooLong ? text.offsetByCodePoints(start, LONGEST) : end;
    }

    private static String fixSegment(String segment, boolean html) {
        String before = segment;
        String after = fixOnce(before, html);
        while (!after.equals(before)) {
            before = after;
            after = fixOnce(before, html);
        }
        return after;
    }

    private static String fixOnce(String text, boolean html) {
        String fixed = html ? text : PromptHtml.unescapeCarefully(text);
        fixed = PromptEncodingRepair.repair(fixed);
        fixed = PromptCharacters.replaceC1Controls(fixed);
        fixed = PromptCharacters.replaceLigatures(fixed);
        fixed = PromptCharacters.replaceWidths(fixed);
        fixed = PromptCharacters.straightenQuotes(fixed);
        fixed = PromptCharacters.unifyLineBreaks(fixed);
        fixed = PromptCharacters.replaceLoneSurrogates(fixed);
        fixed = PromptCharacters.removeTerminalEscapes(fixed);
        fixed = PromptCharacters.removeControls(fixed);
        return Normalizer.normalize(fixed, Normalizer.Form.NFC);
    }
}

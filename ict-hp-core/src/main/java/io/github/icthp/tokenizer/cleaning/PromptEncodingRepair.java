package io.github.icthp.tokenizer.cleaning;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Undoes wrong decoding ("donâ€™t" to "don’t"), as ftfy 6.3.1's {@code fix_encoding} does.
 *
 * <p>Text that looks like mojibake is encoded again in each single-byte encoding that has all its
 * characters, and read as UTF-8; the first that works wins. Otherwise pieces are repaired each by
 * itself, and control characters of Latin-1 become what Windows-1252 has in their places.
 */
final class PromptEncodingRepair {

    private static final String NEXT = "[\\x80-\\xbf]";
    private static final String NEXT_NOT_A0 = "[\\x80-\\x84\\x86-\\x9f\\xa1-\\xbf]";

    /** UTF-8 in which byte A0 became a space, where that gives a likely character. */
    private static final Pattern SPACE_FOR_A0 =
            Pattern.compile(
                    String.join(
                            "|",
                            "[\\xc2\\xc3\\xc5\\xce\\xd0\\xd9] ",
                            "[\\xe2\\xe3] " + NEXT_NOT_A0,
                            "[\\xe0-\\xe3]" + NEXT_NOT_A0 + " ",
                            "\\xf0 " + NEXT + NEXT,
                            "\\xf0" + NEXT + " " + NEXT,
                            "\\xf0" + NEXT + NEXT + " "));

    /** "à" as a word of its own: the space behind C3 was A0 and a space. */
    private static final Pattern A_GRAVE = Pattern.compile("\\xc3 (?! |quele|quela|quilo|s )");

    private static final String LOST = "[\\x1a?]";
    private static final String MAY_BE_LOST = "[\\x1a\\x80-\\xbf]";
    private static final String MAY_BE_LOST_OR_ASKED = "[\\x1a?\\x80-\\xbf]";
    private static final String HIGH_HALF = "\\xed[\\xa0-\\xaf]";
    private static final String LOW_HALF = "\\xed[\\xb0-\\xbf]";

    /** UTF-8 and CESU-8 in which bytes were lost: 1A (U+FFFD before), or once a question mark. */
    private static final Pattern LOSSY =
            Pattern.compile(
                    String.join(
                            "|",
                            "[\\xc2-\\xdf]\\x1a",
                            "[\\xc2\\xc3]\\?",
                            HIGH_HALF + LOST + LOW_HALF + MAY_BE_LOST_OR_ASKED,
                            HIGH_HALF + MAY_BE_LOST_OR_ASKED + LOW_HALF + LOST,
                            "[\\xe0-\\xef]" + LOST + MAY_BE_LOST,
                            "[\\xe0-\\xef]" + MAY_BE_LOST + LOST,
                            "[\\xf0-\\xf4]" + LOST + MAY_BE_LOST + MAY_BE_LOST,
                            "[\\xf0-\\xf4]" + MAY_BE_LOST + LOST + MAY_BE_LOST,
                            "[\\xf0-\\xf4]" + MAY_BE_LOST + MAY_BE_LOST + LOST,
                            "\\x1a"));

    private static final String REPLACEMENT_IN_UTF_8 = "\u00ef\u00bf\u00bd";

    private PromptEncodingRepair() {}

    /** Repairs a text until nothing changes any more. */
    static String repair(String text) {
        String before = text;
        String after = repairOnce(before);
        while (!after.equals(before)) {
            before = after;
            after = repairOnce(before);
        }
        return after;
    }

    private static String repairOnce(String text) {
        if (text.chars().allMatch(c -> c < 0x80) || !PromptMojibake.isIn(text)) {
            return text;
        }
        Optional<String> whole = readAsUtf8(text);
        if (whole.isPresent()) {
            return whole.get();
        }
        String pieces = PromptUtf8Clues.replaceRuns(text, run -> repairPiece(run, text));
        if (!pieces.equals(text)) {
            return pieces;
        }
        Optional<String> windows =
                PromptCharset.LATIN_1.encode(text).flatMap(PromptCharset.WINDOWS_1252::decode);
        return windows.filter(fixed -> !fixed.equals(text))
                .orElseGet(() -> PromptCharacters.replaceC1Controls(text));
    }

    /** A run that is the whole text was tried before, and would be repaired for ever. */
    private static String repairPiece(String run, String text) {
        boolean repairable = run.length() < text.length() && PromptMojibake.isIn(run);
        return repairable ? repair(run) : run;
    }

    private static Optional<String> readAsUtf8(String text) {
        return PromptCharset.ALL.stream().flatMap(c -> readAsUtf8(text, c).stream()).findFirst();
    }

    private static Optional<String> readAsUtf8(String text, PromptCharset charset) {
        Optional<String> encoded = charset.encode(text);
        if (charset != PromptCharset.MAC_ROMAN) { // there it would match a dash before a space
            encoded = encoded.map(PromptEncodingRepair::restoreA0);
        }
        if (charset.isSloppy()) {
            encoded = encoded.map(bytes -> LOSSY.matcher(bytes).replaceAll(REPLACEMENT_IN_UTF_8));
        }
        return encoded.flatMap(PromptUtf8::decode);
    }

    private static String restoreA0(String bytes) {
        if (!SPACE_FOR_A0.matcher(bytes).find()) {
            return bytes;
        }
        String words = A_GRAVE.matcher(bytes).replaceAll("\u00c3\u00a0 ");
        return SPACE_FOR_A0.matcher(words).replaceAll(m -> m.group().replace(' ', '\u00a0'));
    }
}

package io.github.icthp.tokenizer.cleaning;

import java.util.regex.Pattern;

/**
 * Tells whether a text looks as if it was decoded in the wrong encoding.
 *
 * <p>The signs are pairs and triples of characters that people hardly ever write next to each
 * other, such as an accented small letter before a currency sign. Characters and rules are those of
 * ftfy 6.3.1 ({@code badness.py}), so that prompts are repaired exactly when ftfy repairs them.
 */
final class PromptMojibake {

    // Kinds of characters that occur in wrongly decoded text, as the inside of a character class.
    private static final String COMMON = "\u00a0\u00ad·´–—―…’";
    private static final String C1 = "\u0080-\u009f";
    private static final String BAD = "¦¤¨¬¯¸ƒˆˇ˘˛˜†‡‰⌐◊\ufffdªº";
    private static final String LAW = "¶§";
    private static final String CURRENCY = "¢£¥₧€";
    private static final String OPENING = "¡«¿©΄΅‘‚“„•‹\uf8ff";
    private static final String CLOSING = "®»˝”›™";
    private static final String NUMERIC = "²³¹±¼½¾×µ÷⁄∂∆∏∑√∞∩∫≈≠≡≤≥№";
    private static final String FACE = "Ò-ÖÙ-Üò-öø-üŐŌŪŲ°";
    private static final String UPPER = "À-ÑØÜÝĂĀĄĆČĎĐĘĚĒĖĞĢİĪĶĹĽŁĻŃŇŅŒŘŚŞŠŢŤŮŰŸŹŻŽҐ";
    private static final String LOWER = "ßà-ñăąāćčďđęěēėğģįīķĺľłļœŕśşšťüźżžґﬁﬂ";
    private static final String UPPER_PLAIN = "ÞΑ-ΩΆΈΉΊΌΎΏΪΫЁ-Я";
    private static final String LOWER_PLAIN = "α-ωάέήίΰа-џ";
    private static final String BOX = "│┌┐┘├┤┬┼═-╬▀▄█▌▐░▒▓";

    private static final String LETTER = LOWER + UPPER;
    private static final String SIGN = OPENING + CLOSING + CURRENCY + NUMERIC + LAW;
    private static final String SPACE = PromptCharacters.SPACE;
    private static final String WORD = "\\p{L}\\p{N}_";

    private static final String[] SIGNS_OF_MOJIBAKE = {
        // one odd kind beside another
        follow(C1),
        follow(BAD + LETTER + BOX + SIGN, BAD),
        follow("a-zA-Z", LOWER_PLAIN + UPPER_PLAIN, BAD),
        follow(BAD, LETTER + BOX + SIGN),
        follow(LOWER + LOWER_PLAIN + BOX + CLOSING + CURRENCY + NUMERIC, UPPER),
        follow(BOX + CLOSING + CURRENCY + NUMERIC, LOWER),
        follow(LOWER + BOX + CLOSING, CURRENCY),
        follow(SPACE, UPPER, CURRENCY),
        follow(UPPER + BOX, NUMERIC + LAW),
        follow(LETTER + BOX + CURRENCY + CLOSING, OPENING, NUMERIC),
        follow(LETTER + CURRENCY + NUMERIC + BOX + LAW, CLOSING, OPENING),
        follow(CURRENCY + NUMERIC + BOX, OPENING),
        follow("a-z", UPPER, OPENING + CURRENCY),
        follow(BOX, FACE),
        follow(LETTER + SIGN, BOX),
        follow(BOX, CLOSING),
        follow(LETTER, OPENING + CLOSING, WORD),
        follow("Œœ", "^A-Za-z"),
        follow(UPPER, "°"),

        // Windows-1252 over UTF-8
        follow("ÂÃÎÐ", "€œŠš¢£Ÿž\u00a0\u00ad®©°·»–—´" + OPENING + CLOSING),
        follow("×", "²³"),
        twice(follow("ØÙ", COMMON + CURRENCY + BAD + NUMERIC + OPENING + "ŸŠ®°µ»")),
        follow("à", "²µ¹¼½¾"),
        follow("Ã", "\u00a0¡"),
        "[a-z]" + "[" + SPACE + "]?" + follow("ÃÂ", " "),
        "^" + follow("ÃÂ", " "),
        follow("a-z.,?!" + CLOSING, "Â", " " + OPENING + CLOSING),

        // Mac Roman over UTF-8
        follow("√", "±∂†≠®™´≤≥¥µø"),
        follow("≈", "°¢"),
        "‚Ä" + follow("ìîïòôúùû†°¢π"),
        "‚" + follow("âó", "àä°ê"),

        // Windows-1251 over UTF-8; twice over needs a Latin letter near by
        "вЂ",
        follow("ВГРС", C1 + BAD + OPENING + CLOSING + CURRENCY + "°µ", "ВГРС"),
        "ГўВЂВ." + follow("A-Za-z "),

        // Windows-1253 and Windows-1257 over UTF-8
        "β€" + follow("™\u00a0Ά\u00ad®°"),
        follow("ΒΓΞΟ", C1 + BAD + OPENING + CLOSING + CURRENCY + "°", "ΒΓΞΟ"),
        "ā€",
    };

    private static final Pattern ANY =
            Pattern.compile(String.join("|", SIGNS_OF_MOJIBAKE), Pattern.UNIX_LINES);

    private PromptMojibake() {}

    /** Says whether any sign of mojibake stands in a text. */
    static boolean isIn(String text) {
        return ANY.matcher(text).find();
    }

    private static String follow(String... kinds) {
        return "[" + String.join("][", kinds) + "]";
    }

    private static String twice(String pattern) {
        return pattern + pattern;
    }
}

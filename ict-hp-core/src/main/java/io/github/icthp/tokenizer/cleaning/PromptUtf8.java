package io.github.icthp.tokenizer.cleaning;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads bytes (characters 0 to 255, see {@link PromptCharset}) as UTF-8, or as the ways in which
 * programs get UTF-8 wrong: surrogate pairs encoded one by one (CESU-8), and C0 80 for U+0000.
 */
final class PromptUtf8 {

    // The six bytes of a surrogate pair; what is cut off at the end of the text matches too.
    private static final String PAIR =
            "\\xed([\\xa0-\\xaf]|$)([\\x80-\\xbf]|$)(\\xed|$)([\\xb0-\\xbf]|$)([\\x80-\\xbf]|$)";
    private static final Pattern CESU_8 = Pattern.compile(PAIR, Pattern.UNIX_LINES);
    private static final Pattern SPECIAL =
            Pattern.compile(
                    "\\xc0(\\x80|$)|" + PAIR + "|\\xed([\\xa0-\\xbf]|$)([\\x80-\\xbf]|$)",
                    Pattern.UNIX_LINES);

    private PromptUtf8() {}

    /** Decodes whole bytes, or returns nothing where they are not UTF-8 or one of its variants. */
    static Optional<String> decode(String bytes) {
        boolean variants = bytes.indexOf(0xED) >= 0 || bytes.indexOf(0xC0) >= 0;
        return variants ? decodeVariants(bytes) : decodeStrictly(bytes);
    }

    private static Optional<String> decodeStrictly(String bytes) {
        ByteBuffer raw = ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1));
        try {
            return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(raw).toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> decodeVariants(String bytes) {
        StringBuilder text = new StringBuilder();
        Matcher special = SPECIAL.matcher(bytes);
        int at = 0;
        while (at < bytes.length()) {
            special.region(at, bytes.length());
            int next = special.find() ? special.start() : bytes.length();
            if (next > at) {
                Optional<String> plain = decodeStrictly(bytes.substring(at, next));
                if (plain.isEmpty()) {
                    return plain;
                }
                text.append(plain.get());
                at = next;
            } else if (bytes.charAt(at) == 0xC0 && bytes.length() - at > 1) {
                text.append('\0');
                at += 2;
            } else if (bytes.length() - at >= 6
                    && CESU_8.matcher(bytes).region(at, bytes.length()).lookingAt()) {
                text.appendCodePoint(pair(bytes, at));
                at += 6;
            } else {
                return Optional.empty();
            }
        }
        return Optional.of(text.toString());
    }

    /** Joins 11101101 1010abcd 10efghij 11101101 1011klmn 10opqrst to the 20 bits a..t. */
    private static int pair(String bytes, int at) {
        int high = (bytes.charAt(at + 1) & 0x0F) << 6 | (bytes.charAt(at + 2) & 0x3F);
        int low = (bytes.charAt(at + 4) & 0x0F) << 6 | (bytes.charAt(at + 5) & 0x3F);
        return 0x10000 + (high << 10) + low;
    }
}

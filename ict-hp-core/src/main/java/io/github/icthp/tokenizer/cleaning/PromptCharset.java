package io.github.icthp.tokenizer.cleaning;

import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A single-byte encoding that text is often wrongly decoded in.
 *
 * <p>Bytes are handed around as strings of characters 0 to 255, so that regular expressions apply
 * to them. The Windows encodings are "sloppy": a byte without a character stands for the control
 * character of the same number, as browsers have it, and byte 1A stands for U+FFFD, a character
 * that was lost.
 */
final class PromptCharset {

    static final PromptCharset LATIN_1 = new PromptCharset("ISO-8859-1", false);
    static final PromptCharset WINDOWS_1252 = new PromptCharset("windows-1252", true);
    static final PromptCharset MAC_ROMAN = new PromptCharset("x-MacRoman", false);

    /** Encodings that agree with Latin-1 in what their upper bytes are for. */
    static final List<PromptCharset> LIKE_LATIN_1 =
            List.of(
                    LATIN_1,
                    WINDOWS_1252,
                    new PromptCharset("windows-1251", true),
                    new PromptCharset("windows-1250", true),
                    new PromptCharset("windows-1253", true),
                    new PromptCharset("windows-1254", true),
                    new PromptCharset("windows-1257", true));

    /** Every encoding, in the order in which they are tried. */
    static final List<PromptCharset> ALL =
            Stream.concat(
                            LIKE_LATIN_1.stream(),
                            Stream.of(
                                    new PromptCharset("ISO-8859-2", false),
                                    MAC_ROMAN,
                                    new PromptCharset("IBM437", false)))
                    .toList();

    private static final char LOST = '\ufffd';
    private static final char SUBSTITUTE = 0x1a;

    private final boolean sloppy;
    private final char[] characters = new char[256];
    private final boolean[] assigned = new boolean[256];
    private final Map<Character, Character> bytes = new HashMap<>();

    private PromptCharset(String name, boolean sloppy) {
        this.sloppy = sloppy;
        byte[] all = new byte[256];
        for (int b = 0; b < 256; b++) {
            all[b] = (byte) b;
        }
        String decoded = new String(all, Charset.forName(name));
        for (int b = 0; b < 256; b++) {
            assigned[b] = decoded.charAt(b) != LOST;
            characters[b] = assigned[b] ? decoded.charAt(b) : (char) b;
        }
        if (sloppy) {
            characters[SUBSTITUTE] = LOST;
        }
        for (int b = 0; b < 256; b++) {
            bytes.put(characters[b], (char) b);
        }
    }

    boolean isSloppy() {
        return sloppy;
    }

    /** Returns the bytes of a text, or nothing if it has characters that this encoding lacks. */
    Optional<String> encode(String text) {
        StringBuilder encoded = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            Character b = bytes.get(text.charAt(i));
            if (b == null) {
                return Optional.empty();
            }
            encoded.append(b.charValue());
        }
        return Optional.of(encoded.toString());
    }

    /** Returns the text of bytes, or nothing if one of them has no character; not sloppy at all. */
    Optional<String> decode(String encoded) {
        StringBuilder text = new StringBuilder(encoded.length());
        for (int i = 0; i < encoded.length(); i++) {
            char b = encoded.charAt(i);
            if (!assigned[b]) {
                return Optional.empty();
            }
            text.append(b < 0x80 ? b : characters[b]);
        }
        return Optional.of(text.toString());
    }

    /** Returns the character that a byte stands for, control characters included. */
    char character(int b) {
        return characters[b];
    }

    /** Returns the characters that bytes {@code from} to {@code to} stand for. */
    char[] characters(int from, int to) {
        return Arrays.copyOfRange(characters, from, to + 1);
    }
}

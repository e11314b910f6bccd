package io.github.icthp.tokenizer.cleaning;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns HTML character references into characters: {@link #unescape} all that a browser would, as
 * Python's {@code html.unescape}; {@link #unescapeCarefully} only what ends in a semicolon, and
 * names in capitals ({@code EACUTE;}) besides, as ftfy 6.3.1.
 */
final class PromptHtml {

    /** Names (with their semicolon, and some without) and what they stand for, from HTML's list. */
    private static final Map<String, String> NAMES = names();

    private static final Map<String, String> CAPITAL_NAMES = capitalNames();

    private static final Pattern REFERENCE =
            Pattern.compile("&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\\t\\n\\f <&#;]{1,32};?)");
    private static final Pattern CAREFUL = Pattern.compile("&#?[0-9A-Za-z]{1,24};");

    private static final int LARGEST = Character.MAX_CODE_POINT;

    private PromptHtml() {}

    /** Resolves every reference, also those that lack their semicolon. */
    static String unescape(String text) {
        return REFERENCE
                .matcher(text)
                .replaceAll(m -> Matcher.quoteReplacement(resolve(m.group(1))));
    }

    /** Resolves references that are surely meant. */
    static String unescapeCarefully(String text) {
        return CAREFUL.matcher(text).replaceAll(PromptHtml::resolveCarefully);
    }

    private static String resolveCarefully(MatchResult match) {
        String reference = match.group();
        String name = reference.substring(1);
        String resolved =
                name.startsWith("#")
                        ? unescape(reference)
                        : NAMES.getOrDefault(name, CAPITAL_NAMES.getOrDefault(name, reference));
        boolean partly = name.startsWith("#") && resolved.contains(";");
        return Matcher.quoteReplacement(partly ? reference : resolved);
    }

    private static String resolve(String reference) {
        if (reference.startsWith("#")) {
            return character(number(reference));
        }
        if (NAMES.containsKey(reference)) {
            return NAMES.get(reference);
        }
        for (int end = reference.length() - 1; end > 1; end--) {
            String known = NAMES.get(reference.substring(0, end));
            if (known != null) {
                return known + reference.substring(end);
            }
        }
        return "&" + reference;
    }

    /** Reads {@code #123;} or {@code #x7B;}; what is out of range is one above the range. */
    private static int number(String reference) {
        boolean hex = reference.charAt(1) == 'x' || reference.charAt(1) == 'X';
        int radix = hex ? 16 : 10;
        int value = 0;
        for (int i = hex ? 2 : 1; i < reference.length() && reference.charAt(i) != ';'; i++) {
            int digit = Character.digit(reference.charAt(i), radix);
            value = Math.min(value * radix + digit, LARGEST + 1);
        }
        return value;
    }

    /** The character of a number, as HTML's parsing rules mend it. */
    private static String character(int number) {
        if (number == 0 || number > LARGEST || (number >= 0xD800 && number <= 0xDFFF)) {
            return "\ufffd";
        }
        if (number == '\r') {
            return "\r";
        }
        if (number >= 0x80 && number <= 0x9f) {
            return String.valueOf(PromptCharset.WINDOWS_1252.character(number));
        }
        return invalid(number) ? "" : Character.toString(number);
    }

    private static boolean invalid(int number) {
        boolean spacing = number == '\t' || number == '\n' || number == '\f';
        boolean control = (number < ' ' && !spacing) || number == 0x7f;
        boolean endOfPlane = (number & 0xFFFE) == 0xFFFE;
        return control || endOfPlane || (number >= 0xFDD0 && number <= 0xFDEF);
    }

    private static Map<String, String> names() {
        Map<String, String> names = new HashMap<>();
        try (InputStream in = PromptHtml.class.getResourceAsStream("html-entities.tsv")) {
            if (in == null) {
                throw new IllegalStateException("PromptHtml: resource html-entities.tsv is gone");
            }
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int tab = line.indexOf('\t');
                StringBuilder characters = new StringBuilder();
                for (String code : line.substring(tab + 1).split(" ", -1)) {
                    characters.appendCodePoint(Integer.parseInt(code, 16));
                }
                names.put(line.substring(0, tab), characters.toString());
            }
            return Map.copyOf(names);
        } catch (IOException e) {
            throw new UncheckedIOException("PromptHtml: cannot read html-entities.tsv", e);
        }
    }

    /** Lower-case names in capitals, where that is no name, nor the start of one, by itself. */
    private static Map<String, String> capitalNames() {
        Map<String, String> capitals = new HashMap<>();
        NAMES.forEach(
                (name, characters) -> {
                    String capital = name.toUpperCase(Locale.ROOT);
                    boolean lower = name.equals(name.toLowerCase(Locale.ROOT));
                    if (name.endsWith(";") && lower && resolve(capital).equals("&" + capital)) {
                        capitals.put(capital, characters.toUpperCase(Locale.ROOT));
                    }
                });
        return Map.copyOf(capitals);
    }
}

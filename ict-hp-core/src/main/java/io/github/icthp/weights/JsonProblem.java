package io.github.icthp.weights;

import java.util.regex.Pattern;

/**
 * What is wrong with a JSON text, in words for those who wrote it and not for users of a parser.
 */
public final class JsonProblem {

    private static final Pattern CLASS = Pattern.compile("^([a-z]+\\.)+[A-Z]\\w*: ");
    private static final Pattern ADVICE =
            Pattern.compile("Use JsonReader\\.setStrictness\\([^)]*\\) to accept malformed JSON");
    private static final Pattern LINK = Pattern.compile("\\s*See https?://\\S+");
    private static final Pattern NOT_FINITE = Pattern.compile("-?\\b(NaN|Infinity)\\b");

    private JsonProblem() {}

    /**
     * Says what is wrong.
     *
     * @param failure what the parser threw
     * @return one line, with the place in the text if the parser told it
     */
    public static String of(Exception failure) {
        String message = String.valueOf(failure.getMessage());
        message = CLASS.matcher(message).replaceFirst("");
        message = LINK.matcher(message).replaceAll("");
        return ADVICE.matcher(message)
                .replaceAll(
                        "JSON has no such value (it has texts in double quotes, numbers, true, false"
                                + " and null; not NaN or Infinity)")
                .replaceAll("\\s*\\R\\s*", " ");
    }

    /**
     * Writes null for the numbers that Python writes though JSON has none of them: NaN and the
     * infinities.
     *
     * @param json a text that may not be JSON
     * @return the same text but for such words outside of its quoted texts
     */
    public static String nullsForNotFinite(String json) {
        StringBuilder text = new StringBuilder();
        int begin = 0;
        boolean quoted = false;
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            if (c == '\\' && quoted) {
                i++;
            } else if (c == '"') {
                text.append(part(json, begin, i, quoted));
                begin = i;
                quoted = !quoted;
            }
        }
        return text.append(part(json, begin, json.length(), quoted)).toString();
    }

    private static String part(String json, int begin, int end, boolean quoted) {
        String part = json.substring(begin, end);
        return quoted ? part : NOT_FINITE.matcher(part).replaceAll("null");
    }
}

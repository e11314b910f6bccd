package io.github.icthp.tokenizer.cleaning;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cleans prompts as open_clip 3.3.0's {@code SimpleTokenizer} does before it splits them. */
public final class PromptCleaner {

    /** The text of CLIP's start token, which cuts a prompt where it stands alone. */
    public static final String START = "<start_of_text>";

    /** The text of CLIP's end token. */
    public static final String END = "<end_of_text>";

    private static final Pattern WHITE_SPACE = Pattern.compile("[" + PromptCharacters.SPACE + "]+");
    private static final Pattern TOKEN =
            Pattern.compile(
                    START
                            + "|"
                            + END
                            + "|(?i:'s|'t|'re|'ve|'m|'ll|'d)|\\p{L}+|\\p{N}|[^\\s\\p{L}\\p{N}\\x{345}]+");

    private PromptCleaner() {}

    /**
     * Mends a prompt, resolves HTML references twice, folds white space, and lower-cases.
     *
     * @param prompt any text
     * @return the clean text
     */
    public static String clean(String prompt) {
        String text = PromptHtml.unescape(PromptHtml.unescape(PromptRepair.fixText(prompt)));
        return PromptCharacters.lowerCase(WHITE_SPACE.matcher(text).replaceAll(" ").strip());
    }

    /**
     * Cuts clean text where a special token stands as a token of its own.
     *
     * @param text clean text
     * @return the pieces in order, special tokens among them
     */
    public static List<String> pieces(String text) {
        if (!text.contains(START) && !text.contains(END)) {
            return List.of(text);
        }
        List<String> pieces = new ArrayList<>();
        Matcher token = TOKEN.matcher(text);
        int from = 0;
        while (token.find()) {
            if (token.group().equals(START) || token.group().equals(END)) {
                pieces.add(text.substring(from, token.start()));
                pieces.add(token.group());
                from = token.end();
            }
        }
        pieces.add(text.substring(from));
        return pieces;
    }
}

package io.github.icthp.report;

import com.google.common.escape.Escaper;
import com.google.common.escape.Escapers;
import com.google.common.html.HtmlEscapers;

import java.util.Locale;

/** Text as HTML, SVG and Markdown take it. */
final class Html {

    private static final Escaper MARKDOWN = markdownEscaper();

    private Html() {}

    /**
     * Returns text that is no markup, in content and in quoted attributes. Control characters,
     * which no document may hold, become question marks.
     */
    static String escape(String text) {
        StringBuilder clean = new StringBuilder();
        text.codePoints()
                .map(c -> Character.isISOControl(c) && c != '\n' && c != '\t' ? '?' : c)
                .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? '?' : c)
                .forEach(clean::appendCodePoint);
        return HtmlEscapers.htmlEscaper().escape(clean.toString());
    }

    /** Returns text that Markdown shows as it is. */
    static String markdown(String text) {
        return MARKDOWN.escape(text);
    }

    private static Escaper markdownEscaper() {
        Escapers.Builder escapes = Escapers.builder();
        for (char sign : "\\`*_{}[]()#+!|~$".toCharArray()) {
            escapes.addEscape(sign, "\\" + sign);
        }
        return escapes.addEscape('<', "&lt;")
                .addEscape('>', "&gt;")
                .addEscape('&', "&amp;")
                .build();
    }

    /** Returns a coordinate, to a hundredth. */
    static String number(double value) {
        String text = String.format(Locale.ROOT, "%.2f", value);
        return text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
    }
}

package io.github.icthp.report;

import java.util.Locale;

/** Draws the elements of a chart. Colors are classes of the page's style sheet. */
final class Svg {

    /** Wide enough for a telephone, so that letters keep their size there. */
    static final double WIDTH = 360;

    private final StringBuilder body = new StringBuilder();
    private final double height;
    private final String title;

    Svg(double height, String title) {
        this.height = height;
        this.title = title;
    }

    /** Draws text; anchor is start, middle or end. */
    Svg text(double x, double y, String anchor, String style, String text) {
        body.append(
                String.format(
                        Locale.ROOT,
                        "<text x=\"%s\" y=\"%s\" text-anchor=\"%s\" class=\"%s\">%s</text>\n",
                        Html.number(x),
                        Html.number(y),
                        anchor,
                        style,
                        Html.escape(text)));
        return this;
    }

    Svg line(double x1, double y1, double x2, double y2, String style) {
        body.append(
                String.format(
                        Locale.ROOT,
                        "<line x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\" class=\"%s\"/>\n",
                        Html.number(x1),
                        Html.number(y1),
                        Html.number(x2),
                        Html.number(y2),
                        style));
        return this;
    }

    Svg path(String data, String style) {
        body.append(String.format(Locale.ROOT, "<path d=\"%s\" class=\"%s\"/>\n", data, style));
        return this;
    }

    Svg dot(double x, double y, double radius, String style) {
        body.append(
                String.format(
                        Locale.ROOT,
                        "<circle cx=\"%s\" cy=\"%s\" r=\"%s\" class=\"%s\"/>\n",
                        Html.number(x),
                        Html.number(y),
                        Html.number(radius),
                        style));
        return this;
    }

    /** Draws a horizontal axis at a height, with vertical lines up from its ticks. */
    Svg horizontal(Axis axis, double top, double bottom, int ticks) {
        for (double tick : axis.ticks(ticks)) {
            double x = axis.at(tick);
            line(x, top, x, bottom, "grid");
            text(x, bottom + 13, "middle", "tick", axis.label(tick, ticks));
        }
        return line(axis.from(), bottom, axis.to(), bottom, "axis");
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "<svg viewBox=\"0 0 %s %s\" role=\"img\" aria-label=\"%s\">\n%s</svg>\n",
                Html.number(WIDTH),
                Html.number(height),
                Html.escape(title),
                body);
    }
}

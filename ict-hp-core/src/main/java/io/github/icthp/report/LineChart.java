package io.github.icthp.report;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;

import java.util.List;
import java.util.function.Function;
import java.util.stream.DoubleStream;

/**
 * Curves over a common axis, such as rewards over steps.
 *
 * @param title what is shown
 * @param horizontal what x is
 * @param curves the curves, in the order of their colors; at most eight look different
 */
public record LineChart(String title, String horizontal, List<Curve> curves) implements Chart {

    private static final double LEFT = 46;
    private static final double RIGHT = 10;
    private static final double TOP = 8;
    private static final double BOTTOM = 170;
    private static final double LEGEND = 15;
    private static final int TICKS = 5;
    private static final int COLORS = 8;

    /**
     * A curve. Points that are not finite are left out.
     *
     * @param name what it shows
     * @param x from left to right
     * @param y as many values
     */
    public record Curve(String name, ImmutableDoubleArray x, ImmutableDoubleArray y) {

        /**
         * Checks the lengths.
         *
         * @param name what it shows
         * @param x from left to right
         * @param y as many values
         * @throws IllegalArgumentException if there are not as many of both
         */
        public Curve {
            Preconditions.checkArgument(
                    x.length() == y.length(),
                    "LineChart: expected a y for each x of '%s', got %s x and %s y",
                    name,
                    x.length(),
                    y.length());
        }

        private boolean isShown(int point) {
            return Double.isFinite(x.get(point)) && Double.isFinite(y.get(point));
        }
    }

    /**
     * Copies the curves.
     *
     * @param title what is shown
     * @param horizontal what x is
     * @param curves the curves
     */
    public LineChart {
        curves = ImmutableList.copyOf(curves);
    }

    @Override
    public String toSvg() {
        double height = BOTTOM + 34 + LEGEND * curves.size();
        Svg svg = new Svg(height, title);
        Axis x = axis(Curve::x, LEFT, Svg.WIDTH - RIGHT);
        Axis y = axis(Curve::y, BOTTOM, TOP);
        svg.horizontal(x, TOP, BOTTOM, TICKS);
        for (double tick : y.ticks(TICKS)) {
            svg.line(LEFT, y.at(tick), Svg.WIDTH - RIGHT, y.at(tick), "grid");
            svg.text(LEFT - 6, y.at(tick) + 4, "end", "tick", y.label(tick, TICKS));
        }
        svg.text((LEFT + Svg.WIDTH) / 2, BOTTOM + 28, "middle", "tick", horizontal);
        for (int i = 0; i < curves.size(); i++) {
            String color = "s" + i % COLORS;
            svg.path(path(curves.get(i), x, y), "curve " + color);
            double legend = BOTTOM + 40 + LEGEND * i;
            svg.line(LEFT, legend - 4, LEFT + 18, legend - 4, "interval " + color);
            svg.text(LEFT + 24, legend, "start", "name", curves.get(i).name());
        }
        return svg.toString();
    }

    private Axis axis(Function<Curve, ImmutableDoubleArray> values, double from, double to) {
        DoubleStream.Builder all = DoubleStream.builder();
        for (Curve curve : curves) {
            for (int i = 0; i < curve.x().length(); i++) {
                if (curve.isShown(i)) {
                    all.add(values.apply(curve).get(i));
                }
            }
        }
        var range = all.build().summaryStatistics();
        return range.getCount() == 0
                ? new Axis(0, 1, from, to)
                : Axis.over(range.getMin(), range.getMax(), from, to);
    }

    private static String path(Curve curve, Axis x, Axis y) {
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < curve.x().length(); i++) {
            if (curve.isShown(i)) {
                path.append(path.isEmpty() ? 'M' : 'L')
                        .append(Html.number(x.at(curve.x().get(i))))
                        .append(' ')
                        .append(Html.number(y.at(curve.y().get(i))));
            }
        }
        return path.toString();
    }
}

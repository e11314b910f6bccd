package io.github.icthp.report;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;

import java.util.List;

/**
 * Histograms above one another on one axis, so that their places can be compared.
 *
 * @param title what is counted
 * @param low where the first bin begins
 * @param high where the last bin ends
 * @param groups one histogram each
 */
public record HistogramChart(String title, double low, double high, List<Group> groups)
        implements Chart {

    private static final double LEFT = 8;
    private static final double TOP = 4;
    private static final double ROW = 52;
    private static final double LABEL = 15;
    private static final int TICKS = 5;

    /**
     * One histogram.
     *
     * @param name what its values belong to
     * @param mean the mean of its values, which a line marks
     * @param counts how many values lie in each bin of equal width
     */
    public record Group(String name, double mean, ImmutableLongArray counts) {}

    /**
     * Copies the groups.
     *
     * @param title what is counted
     * @param low where the first bin begins
     * @param high where the last bin ends
     * @param groups one histogram each
     * @throws IllegalArgumentException if there are no groups, or groups differ in their bins
     */
    public HistogramChart {
        groups = ImmutableList.copyOf(groups);
        Preconditions.checkArgument(
                !groups.isEmpty()
                        && groups.stream().mapToInt(g -> g.counts().length()).distinct().count()
                                == 1
                        && groups.get(0).counts().length() > 0,
                "HistogramChart: expected groups with as many bins each, got %s",
                groups);
    }

    @Override
    public String toSvg() {
        double bottom = TOP + ROW * groups.size();
        Svg svg = new Svg(bottom + 18, title);
        Axis x = Axis.over(low, high, LEFT, Svg.WIDTH - LEFT);
        svg.horizontal(x, TOP, bottom, TICKS);
        for (int i = 0; i < groups.size(); i++) {
            draw(svg, x, i);
        }
        return svg.toString();
    }

    private void draw(Svg svg, Axis x, int number) {
        Group group = groups.get(number);
        double base = TOP + ROW * (number + 1);
        long most = group.counts().stream().max().orElse(0);
        Axis y = new Axis(0, Math.max(1.0, (double) most), base, base - ROW + LABEL);
        double width = (x.to() - x.from()) / group.counts().length();
        StringBuilder outline = new StringBuilder("M" + point(x.from(), base));
        for (int bin = 0; bin < group.counts().length(); bin++) {
            double top = y.at((double) group.counts().get(bin));
            outline.append('L').append(point(x.from() + bin * width, top));
            outline.append('L').append(point(x.from() + (bin + 1) * width, top));
        }
        svg.path(outline + "L" + point(x.to(), base) + "Z", "area s" + number);
        double mean = x.at(group.mean());
        svg.line(mean, base, mean, base - ROW + LABEL, "mean s" + number);
        svg.line(x.from(), base, x.to(), base, "axis");
        svg.text(x.from(), base - ROW + 11, "start", "name s" + number, group.name());
    }

    private static String point(double x, double y) {
        return Html.number(x) + " " + Html.number(y);
    }
}

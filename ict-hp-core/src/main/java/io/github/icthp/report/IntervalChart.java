package io.github.icthp.report;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;

import java.util.List;

/**
 * Values with their intervals, one to a line.
 *
 * @param title what the values are
 * @param low where the axis begins
 * @param high where the axis ends
 * @param reference a value that a line marks, such as chance
 * @param values what is shown
 */
public record IntervalChart(
        String title, double low, double high, double reference, List<Value> values)
        implements Chart {

    private static final double LEFT = 96;
    private static final double RIGHT = 46;
    private static final double ROW = 24;
    private static final int TICKS = 5;

    /**
     * A value and its interval.
     *
     * @param name whose value it is
     * @param value the value
     * @param low the interval's lower end
     * @param high the interval's upper end
     * @param label the value in words
     */
    public record Value(String name, double value, double low, double high, String label) {}

    /**
     * Copies the values.
     *
     * @param title what the values are
     * @param low where the axis begins
     * @param high where the axis ends
     * @param reference a value that a line marks
     * @param values what is shown
     * @throws IllegalArgumentException if there are no values
     */
    public IntervalChart {
        values = ImmutableList.copyOf(values);
        Preconditions.checkArgument(!values.isEmpty(), "IntervalChart: expected values, got none");
    }

    @Override
    public String toSvg() {
        double bottom = 6 + ROW * values.size();
        Svg svg = new Svg(bottom + 18, title);
        Axis x = Axis.over(low, high, LEFT, Svg.WIDTH - RIGHT);
        svg.horizontal(x, 6, bottom, TICKS);
        svg.line(x.at(reference), 6, x.at(reference), bottom, "reference");
        for (int i = 0; i < values.size(); i++) {
            Value value = values.get(i);
            double y = 6 + ROW * (i + 0.5);
            svg.line(x.at(value.low()), y, x.at(value.high()), y, "interval s3");
            svg.dot(x.at(value.value()), y, 4, "dot s3");
            svg.text(LEFT - 8, y + 4, "end", "name", value.name());
            svg.text(Svg.WIDTH - RIGHT + 8, y + 4, "start", "tick", value.label());
        }
        return svg.toString();
    }
}

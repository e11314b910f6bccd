package io.github.icthp.report;

import java.util.Locale;
import java.util.stream.LongStream;

/**
 * A linear axis: values from low to high lie between two coordinates.
 *
 * @param low the least value
 * @param high the greatest value, above low
 * @param from where the least value lies
 * @param to where the greatest value lies
 */
record Axis(double low, double high, double from, double to) {

    /** Makes an axis over values, which may be all the same. */
    static Axis over(double low, double high, double from, double to) {
        if (!Double.isFinite(low) || !Double.isFinite(high)) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "a chart needs finite values, got a range from %s to %s",
                            low,
                            high));
        }
        double room = low < high ? 0 : Math.max(Math.abs(low), 1e-3) / 2;
        return new Axis(low - room, high + room, from, to);
    }

    double at(double value) {
        return from + (value - low) / (high - low) * (to - from);
    }

    /** Returns round values inside the axis, about as many as are asked for. */
    double[] ticks(int about) {
        double step = step(about);
        long first = (long) Math.ceil(low / step - 1e-9);
        long last = (long) Math.floor(high / step + 1e-9);
        return LongStream.rangeClosed(first, last).mapToDouble(i -> i * step).toArray();
    }

    private double step(int about) {
        double rough = (high - low) / about;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double lead = rough / power;
        return power * (lead <= 1.5 ? 1 : lead <= 3.5 ? 2 : lead <= 7.5 ? 5 : 10);
    }

    /** Returns a tick's label, with the digits that tell it from its neighbors. */
    String label(double tick, int about) {
        int digits = (int) Math.max(0, Math.ceil(-Math.log10(step(about)) - 1e-9));
        String text = String.format(Locale.ROOT, "%." + Math.min(digits, 9) + "f", tick);
        return text.matches("-0(\\.0*)?") ? text.substring(1) : text;
    }
}

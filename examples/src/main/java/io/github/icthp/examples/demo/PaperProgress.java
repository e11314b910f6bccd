package io.github.icthp.examples.demo;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Says which part of a long work is done and how long the rest will take: by what the parts took on
 * the machine where they were measured, corrected by what this machine took so far.
 */
final class PaperProgress {

    private static final double NANOS = 1e9;
    private static final double MINUTE = 60;

    private final PrintWriter out;
    private final Map<String, Double> expected = new LinkedHashMap<>();
    private final long start = System.nanoTime();
    private double done;
    private int number;

    PaperProgress(PrintWriter out) {
        this.out = out;
    }

    /** Adds a part that took so many seconds where it was measured. */
    void expect(String part, double seconds) {
        expected.put(part, seconds);
    }

    /** Begins the next part. */
    void begin(String part) {
        number++;
        double left = expected.values().stream().mapToDouble(s -> s).sum() - done;
        double pace = done == 0 ? 1 : seconds() / done;
        say(
                String.format(
                        Locale.ROOT,
                        "[%d of %d] %s: about %s here, about %s left in all",
                        number,
                        expected.size(),
                        part,
                        time(pace * expected.get(part)),
                        time(pace * left)));
        done += expected.get(part);
    }

    /** Says something of a part. */
    void say(String line) {
        out.println(line);
        out.flush();
    }

    double seconds() {
        return (System.nanoTime() - start) / NANOS;
    }

    private static String time(double seconds) {
        return seconds < 1.5 * MINUTE
                ? String.format(Locale.ROOT, "%.0f s", Math.max(1, seconds))
                : String.format(Locale.ROOT, "%.0f min", seconds / MINUTE);
    }
}

package io.github.icthp.examples.console;

import me.tongfei.progressbar.ProgressBarRenderer;
import me.tongfei.progressbar.ProgressState;

import java.time.Duration;
import java.util.Locale;

/**
 * The line of a progress bar: task, bar, count, time and pace. What is not known yet is left out,
 * and so is a bar for which there is no room.
 *
 * @param unit what a step is, with a space before it
 */
record ProgressText(String unit) implements ProgressBarRenderer {

    private static final int LEAST_BAR = 10;
    private static final int LONGEST_BAR = 40;
    private static final long LEAST_MILLIS = 100;

    @Override
    public String render(ProgressState progress, int room) {
        return line(
                progress.getTaskName(),
                new Count(progress.getStart(), progress.getCurrent(), progress.getMax()),
                progress.getElapsedAfterStart(),
                progress.getExtraMessage().strip(),
                room);
    }

    /**
     * How far the work is.
     *
     * @param start what was done before
     * @param done what is done now
     * @param total what there is to do; 0 if it is not known
     */
    record Count(long start, long done, long total) {}

    String line(String task, Count count, Duration elapsed, String extra, int room) {
        String end =
                " "
                        + count.done()
                        + (count.total() > 0 ? "/" + count.total() : "")
                        + unit
                        + " ("
                        + time(elapsed)
                        + pace(count.done() - count.start(), elapsed)
                        + ")"
                        + (extra.isEmpty() ? "" : "  " + extra);
        String start = task + bar(count, room - task.length() - end.length());
        String line = start + end;
        return line.length() <= room ? line : line.substring(0, Math.max(0, room));
    }

    private static String bar(Count count, int room) {
        int width = Math.min(LONGEST_BAR, room - " []".length());
        if (width < LEAST_BAR || count.total() <= 0) {
            return "";
        }
        int filled = (int) (width * Math.min(count.done(), count.total()) / count.total());
        return " [" + "=".repeat(filled) + " ".repeat(width - filled) + "]";
    }

    private static String time(Duration elapsed) {
        return String.format(
                Locale.ROOT,
                "%d:%02d:%02d",
                elapsed.toHours(),
                elapsed.toMinutesPart(),
                elapsed.toSecondsPart());
    }

    private String pace(long steps, Duration elapsed) {
        return steps <= 0 || elapsed.toMillis() < LEAST_MILLIS
                ? ""
                : String.format(
                        Locale.ROOT, ", %.1f%s/s", 1000.0 * steps / elapsed.toMillis(), unit);
    }
}

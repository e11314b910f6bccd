package io.github.icthp.examples.console;

import io.github.icthp.training.Metrics;
import io.github.icthp.training.RunListener;
import io.github.icthp.training.RunProgress;

import java.io.PrintWriter;
import java.util.Locale;

/** Tells how a run goes in lines, about one every few seconds. */
public final class StepLines implements RunListener {

    private static final long NANOS_BETWEEN = 5_000_000_000L;

    private final PrintWriter out;
    private final String task;
    private final String value;
    private long last = System.nanoTime();

    /**
     * Begins.
     *
     * @param out takes the lines
     * @param task what is done
     * @param value the metric that is told
     */
    public StepLines(PrintWriter out, String task, String value) {
        this.out = out;
        this.task = task;
        this.value = value;
    }

    @Override
    public void stepped(Metrics metrics, RunProgress progress) {
        long now = System.nanoTime();
        if (now - last > NANOS_BETWEEN || metrics.step() == progress.total()) {
            last = now;
            say(
                    String.format(
                            Locale.ROOT,
                            "step %d of %d, %s %.4f, %d s left",
                            metrics.step(),
                            progress.total(),
                            value,
                            metrics.values().get(value),
                            progress.left().toSeconds()));
        }
    }

    @Override
    public void evaluated(Metrics metrics) {
        say(String.format(Locale.ROOT, "held-out %s %.4f", value, metrics.values().get(value)));
    }

    private void say(String text) {
        out.println("  " + task + ": " + text);
        out.flush();
    }
}

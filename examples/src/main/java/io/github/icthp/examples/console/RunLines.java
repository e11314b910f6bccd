package io.github.icthp.examples.console;

import io.github.icthp.training.Metrics;
import io.github.icthp.training.RunListener;
import io.github.icthp.training.RunProgress;
import io.github.icthp.training.RunRecord;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Tells of runs that follow each other: where each starts, its loss now and then, and what
 * validation says.
 *
 * @param out takes the lines
 */
public record RunLines(PrintWriter out) implements RunListener {

    /** Steps between two lines of progress. */
    private static final long TOLD = 50;

    @Override
    public void started(RunRecord record, long step, long total) {
        say(String.format(Locale.ROOT, "%s from step %d of %d", record.kind(), step, total));
    }

    @Override
    public void stepped(Metrics metrics, RunProgress progress) {
        if (metrics.step() % TOLD == 0) {
            say(
                    String.format(
                            Locale.ROOT,
                            "step %d: loss %.4f",
                            metrics.step(),
                            metrics.values().get("loss")));
        }
    }

    @Override
    public void evaluated(Metrics metrics) {
        say("validation: " + text(metrics.values()));
    }

    /** Returns for example {@code loss 0.1234, pair accuracy 0.7500}. */
    private static String text(Map<String, Double> values) {
        return values.entrySet().stream()
                .map(
                        value ->
                                String.format(
                                        Locale.ROOT,
                                        "%s %.4f",
                                        value.getKey().replace('_', ' '),
                                        value.getValue()))
                .collect(Collectors.joining(", "));
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}

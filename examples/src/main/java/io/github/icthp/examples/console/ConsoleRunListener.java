package io.github.icthp.examples.console;

import io.github.icthp.training.Metrics;
import io.github.icthp.training.RunListener;
import io.github.icthp.training.RunProgress;
import io.github.icthp.training.RunRecord;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;

/** Tells how a run goes: a bar where a person watches, else now and then a line. */
public abstract class ConsoleRunListener implements RunListener, AutoCloseable {

    /** Lines of a whole run, where there is no bar. */
    private static final int LINES = 50;

    private final PrintWriter err;
    private final String task;
    private ProgressLine bar = ProgressLine.of("", 0, "", false);
    private final Thread stopping = new Thread(this::tellStopped, "stopping");
    private long total;
    private volatile long step;
    private volatile long saved;

    protected ConsoleRunListener(CommandLine command, String task) {
        this.err = command.getErr();
        this.task = task;
    }

    /** What is said of a step, shortly. */
    protected abstract String step(Metrics metrics);

    /** What is said of an evaluation. */
    protected abstract String evaluation(Metrics metrics);

    @Override
    public void started(RunRecord record, long done, long steps) {
        total = steps;
        step = done;
        saved = done;
        Runtime.getRuntime().addShutdownHook(stopping);
        say(
                (done == 0 ? "" : "going on after step " + done + "; ")
                        + "running on "
                        + record.device());
        bar = ProgressLine.of(task, steps, " steps", Terminal.ERRORS);
        bar.stepTo(done);
    }

    @Override
    public void stepped(Metrics metrics, RunProgress progress) {
        step = metrics.step();
        bar.stepTo(metrics.step());
        bar.say(step(metrics) + pace(progress));
        long every = Math.max(1, total / LINES);
        if (!Terminal.ERRORS && metrics.step() % every == 0) {
            say(
                    String.format(
                            Locale.ROOT,
                            "step %d of %d  %s%s  %s left",
                            metrics.step(),
                            total,
                            step(metrics),
                            pace(progress),
                            left(progress.left().toSeconds())));
        }
    }

    private static String pace(RunProgress progress) {
        return String.format(Locale.ROOT, "  %.2f images/s", progress.itemsPerSecond());
    }

    private static String left(long seconds) {
        return String.format(
                Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }

    @Override
    public void evaluated(Metrics metrics) {
        say("step " + metrics.step() + "  " + evaluation(metrics));
    }

    @Override
    public void saved(Path folder) {
        saved = step;
        if (!Terminal.ERRORS) {
            say("saved " + folder);
        }
    }

    /** What a run that is stopped from outside leaves behind. */
    public final void tellStopped() {
        say(
                String.format(
                        Locale.ROOT,
                        "stopped after step %d; --resume %s",
                        step,
                        saved == 0
                                ? "begins again, as there is no checkpoint yet"
                                : "goes on from the checkpoint of step " + saved));
    }

    protected final void say(String line) {
        err.println((Terminal.ERRORS ? "\r\u001b[K" : "") + line);
        err.flush();
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(stopping);
        } catch (IllegalStateException e) {
            // The program is being stopped: the thread has its word.
        }
        bar.close();
    }
}

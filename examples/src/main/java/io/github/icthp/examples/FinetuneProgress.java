package io.github.icthp.examples;

import io.github.icthp.run.Metrics;
import io.github.icthp.run.RunListener;
import io.github.icthp.run.RunProgress;
import io.github.icthp.run.RunRecord;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;

/** Tells how a fine-tuning run goes: a bar where a person watches, else now and then a line. */
final class FinetuneProgress implements RunListener, AutoCloseable {

    /** Lines of a whole run, where there is no bar. */
    private static final int LINES = 50;

    private final PrintWriter err;
    private ProgressLine bar = ProgressLine.of("", 0, "", false);
    private long total;

    FinetuneProgress(CommandLine command) {
        this.err = command.getErr();
    }

    @Override
    public void started(RunRecord record, long step, long steps) {
        total = steps;
        say(
                (step == 0 ? "" : "going on after step " + step + "; ")
                        + "running on "
                        + record.device());
        bar = ProgressLine.of("fine-tuning", steps, " steps", Terminal.ERRORS);
        bar.stepTo(step);
    }

    @Override
    public void stepped(Metrics metrics, RunProgress progress) {
        String reward = String.format(Locale.ROOT, "reward %.4f", metrics.values().get("reward"));
        bar.stepTo(metrics.step());
        bar.say(reward);
        long every = Math.max(1, total / LINES);
        if (!Terminal.ERRORS && metrics.step() % every == 0) {
            say(
                    String.format(
                            Locale.ROOT,
                            "step %d of %d  %s  %.2f pictures/s  %s left",
                            metrics.step(),
                            total,
                            reward,
                            progress.itemsPerSecond(),
                            left(progress.left().toSeconds())));
        }
    }

    private static String left(long seconds) {
        return String.format(
                Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }

    @Override
    public void evaluated(Metrics metrics) {
        say(
                String.format(
                        Locale.ROOT,
                        "step %d  held-out reward %.4f, of the base model %.4f",
                        metrics.step(),
                        metrics.values().get("reward"),
                        metrics.values().get("base_reward")));
    }

    @Override
    public void saved(Path folder) {
        if (!Terminal.ERRORS) {
            say("saved " + folder);
        }
    }

    private void say(String line) {
        err.println((Terminal.ERRORS ? "\r\u001b[K" : "") + line);
        err.flush();
    }

    @Override
    public void close() {
        bar.close();
    }
}

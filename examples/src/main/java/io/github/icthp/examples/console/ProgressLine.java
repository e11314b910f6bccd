package io.github.icthp.examples.console;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

import java.util.Optional;

/** A progress bar on standard error, where a person watches; else nothing. */
public final class ProgressLine implements AutoCloseable {

    private final Optional<ProgressBar> bar;

    private ProgressLine(Optional<ProgressBar> bar) {
        this.bar = bar;
    }

    /**
     * Begins.
     *
     * @param task what is done
     * @param total how many steps it takes
     * @param unit what a step is, with a space before it
     * @param shown whether there is a bar
     */
    public static ProgressLine of(String task, long total, String unit, boolean shown) {
        if (!shown) {
            return new ProgressLine(Optional.empty());
        }
        return new ProgressLine(
                Optional.of(
                        new ProgressBarBuilder()
                                .setTaskName(task)
                                .setInitialMax(total)
                                .setRenderer(new ProgressText(unit))
                                .build()));
    }

    public void step() {
        bar.ifPresent(ProgressBar::step);
    }

    public void stepTo(long step) {
        bar.ifPresent(b -> b.stepTo(step));
    }

    public void say(String message) {
        bar.ifPresent(b -> b.setExtraMessage(message));
    }

    @Override
    public void close() {
        bar.ifPresent(ProgressBar::close);
    }
}

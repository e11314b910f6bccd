package io.github.icthp.training;

import com.google.common.base.Ticker;

import java.time.Duration;

/** Measures the pace of a run: an average over steps that forgets old ones. */
final class ProgressMeter {

    /** The share of the newest step in the average. */
    private static final double NEWEST = 0.1;

    private final long total;
    private final Ticker ticker;
    private long step;
    private long last;
    private double secondsPerStep;
    private double items;

    /**
     * Begins to measure now.
     *
     * @param step steps made so far
     * @param total steps in all
     */
    public ProgressMeter(long step, long total) {
        this(step, total, Ticker.systemTicker());
    }

    ProgressMeter(long step, long total, Ticker ticker) {
        this.step = step;
        this.total = total;
        this.ticker = ticker;
        this.last = ticker.read();
    }

    /**
     * Takes note of a step that has just been made.
     *
     * @param stepItems images or prompts in the step
     * @return how far the run is
     */
    public RunProgress step(long stepItems) {
        long now = ticker.read();
        double seconds = (now - last) / 1e9;
        last = now;
        step++;
        boolean first = secondsPerStep == 0;
        secondsPerStep = first ? seconds : secondsPerStep + NEWEST * (seconds - secondsPerStep);
        items = first ? stepItems : items + NEWEST * (stepItems - items);
        return new RunProgress(
                step,
                total,
                secondsPerStep == 0 ? 0 : items / secondsPerStep,
                Duration.ofMillis((long) (1000 * secondsPerStep * Math.max(0, total - step))));
    }
}

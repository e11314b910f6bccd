package io.github.icthp.training;

import java.nio.file.Path;

/**
 * Hears what a run does, on the run's own thread: what it throws ends the run.
 *
 * <p>Every method does nothing unless it is overridden.
 */
public interface RunListener {

    /**
     * The run is about to make its first step.
     *
     * @param record how the run is made
     * @param step steps made before it, more than 0 if it was resumed
     * @param total steps in all
     */
    default void started(RunRecord record, long step, long total) {}

    /**
     * An optimizer step was made.
     *
     * @param metrics what was measured
     * @param progress how far the run is
     */
    default void stepped(Metrics metrics, RunProgress progress) {}

    /**
     * Held-out inputs were evaluated.
     *
     * @param metrics what was measured
     */
    default void evaluated(Metrics metrics) {}

    /**
     * A checkpoint was saved.
     *
     * @param folder where it lies
     */
    default void saved(Path folder) {}

    /**
     * The run has ended.
     *
     * @param step steps made
     * @param reason why: {@code finished}, or what stopped it early
     */
    default void ended(long step, String reason) {}
}

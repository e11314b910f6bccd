package io.github.icthp.training;

import io.github.icthp.training.RunFolder.Start;

import java.nio.file.Path;
import java.util.List;

/**
 * Where a run writes, and when it is evaluated and saved. The same for every kind of run.
 *
 * @param output the run's folder
 * @param start whether it goes on from what the folder holds
 * @param saveEvery optimizer steps between checkpoints
 * @param evaluateEvery optimizer steps between evaluations
 * @param keep how many of the newest checkpoints are kept beside the best
 * @param patience evaluations after which the run may stop early; 0 for never
 * @param listeners hear what the run does
 */
public record RunOptions(
        Path output,
        Start start,
        long saveEvery,
        long evaluateEvery,
        int keep,
        int patience,
        List<RunListener> listeners) {

    /**
     * Copies the listeners.
     *
     * @param output the run's folder
     * @param start whether it goes on from what the folder holds
     * @param saveEvery optimizer steps between checkpoints
     * @param evaluateEvery optimizer steps between evaluations
     * @param keep how many of the newest checkpoints are kept beside the best
     * @param patience evaluations after which the run may stop early
     * @param listeners hear what the run does
     */
    public RunOptions {
        listeners = List.copyOf(listeners);
    }

    /**
     * Begins to describe the run of a trainer of one's own.
     *
     * @param output the run's folder; made if it is not there
     * @return a builder
     */
    public static Builder custom(Path output) {
        return new Builder().output(output);
    }

    /**
     * Opens the run's folder, and writes the record if no run made a step in it yet.
     *
     * @param record how the run is made
     * @return the folder, to be closed at the run's end
     * @throws IllegalStateException if another process holds it, if it holds a run that is not to
     *     be resumed, or one that was made otherwise
     * @throws java.io.UncheckedIOException if it cannot be written
     */
    public RunFolder open(RunRecord record) {
        return RunFolder.open(output, record, start, keep);
    }

    /**
     * Checks that {@link #open} would do, without writing anything: for programs that have much to
     * load before their run begins. Weights are not compared, as hashing them takes long.
     *
     * @param record how the run is made
     * @throws IllegalStateException if another process holds it, if it holds a run that is not to
     *     be resumed, or one that was made otherwise
     * @throws java.io.UncheckedIOException if it cannot be written
     */
    public void check(RunRecord record) {
        RunFolder.check(output, record, start);
    }

    /** Options that are being named. */
    public static final class Builder extends RunBuilder<Builder> {

        private Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        /**
         * Completes the options.
         *
         * @return the options
         */
        public RunOptions build() {
            return runOptions();
        }
    }
}

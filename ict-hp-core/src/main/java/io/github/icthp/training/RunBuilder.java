package io.github.icthp.training;

import com.google.common.base.Preconditions;

import io.github.icthp.training.RunFolder.Start;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What every kind of run is told, in the same words: its folder, and when it is evaluated and
 * saved. Builders of runs extend this.
 *
 * @param <B> the builder itself
 */
public abstract class RunBuilder<B extends RunBuilder<B>> {

    private final List<RunListener> listeners = new ArrayList<>();
    private @Nullable Path output;
    private Start start = Start.NEW;
    private long saveEvery = 1_000;
    private long evaluateEvery;
    private int keep = 2;
    private int patience;

    /** Begins with a checkpoint every 1,000 steps, of which 2 are kept, and no early stop. */
    protected RunBuilder() {}

    /**
     * Returns this builder as what it is.
     *
     * @return this
     */
    protected abstract B self();

    /**
     * Sets the run's folder. Required.
     *
     * @param folder made if it is not there; it holds the record, metrics, curves, checkpoints and
     *     what the run makes
     * @return this
     */
    public B output(Path folder) {
        output = folder;
        return self();
    }

    /**
     * Says whether to go on from what the folder holds. What comes of it is the same as of a run
     * that was never interrupted, to the bit on a CPU.
     *
     * @param resume true to go on from the last checkpoint, or to begin if there is none
     * @return this
     */
    public B resume(boolean resume) {
        start = resume ? Start.RESUME : Start.NEW;
        return self();
    }

    /**
     * Adds a listener, for progress and measurements as the run goes on.
     *
     * @param listener hears what the run does
     * @return this
     */
    public B listener(RunListener listener) {
        listeners.add(listener);
        return self();
    }

    /**
     * Sets how often a checkpoint is saved.
     *
     * @param steps optimizer steps between two
     * @return this
     * @throws IllegalArgumentException if it is less than 1
     */
    public B saveEvery(long steps) {
        saveEvery = atLeast(1, "saveEvery", steps);
        return self();
    }

    /**
     * Sets how often the run is evaluated, if there is something to evaluate on.
     *
     * @param steps optimizer steps between two; as often as checkpoints are saved if this is not
     *     called
     * @return this
     * @throws IllegalArgumentException if it is less than 1
     */
    public B evaluateEvery(long steps) {
        evaluateEvery = atLeast(1, "evaluateEvery", steps);
        return self();
    }

    /**
     * Sets how many of the newest checkpoints are kept, beside the best.
     *
     * @param checkpoints 2 if this is not called
     * @return this
     * @throws IllegalArgumentException if it is less than 1
     */
    public B keep(int checkpoints) {
        keep = (int) atLeast(1, "keep", checkpoints);
        return self();
    }

    /**
     * Stops the run early when its evaluations say so for a while.
     *
     * @param evaluations how many in a row; 0, never, if this is not called
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public B patience(int evaluations) {
        patience = (int) atLeast(0, "patience", evaluations);
        return self();
    }

    /**
     * Returns whether the run's folder is set.
     *
     * @return false if {@link #output} is still to be called
     */
    protected final boolean hasOutput() {
        return output != null;
    }

    /**
     * Returns what was set.
     *
     * @return the options
     * @throws NullPointerException if the run's folder is not set
     */
    protected final RunOptions runOptions() {
        return new RunOptions(
                Preconditions.checkNotNull(output, "output(folder) is required"),
                start,
                saveEvery,
                evaluateEvery == 0 ? saveEvery : evaluateEvery,
                keep,
                patience,
                listeners);
    }

    private static long atLeast(long least, String name, long value) {
        Preconditions.checkArgument(
                value >= least, "RunOptions: %s must be at least %s, got %s", name, least, value);
        return value;
    }
}

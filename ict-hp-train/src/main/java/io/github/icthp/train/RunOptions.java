package io.github.icthp.train;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;

import io.github.icthp.train.data.BadRowHandler;
import io.github.icthp.train.data.PreferenceDataset;
import io.github.icthp.training.RunFolder.Start;
import io.github.icthp.training.RunListener;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a training run is told about its data, its folder, and when it looks at itself.
 *
 * @param <B> the builder itself
 */
public abstract sealed class RunOptions<B extends RunOptions<B>> permits TrainerBuilder {

    private @Nullable PreferenceDataset data;
    private @Nullable PreferenceDataset validation;
    private @Nullable Path output;
    private Start start = Start.NEW;
    private BadRowHandler badRows = BadRowHandler.fail();
    private int decodingThreads = Runtime.getRuntime().availableProcessors();
    private long saveEvery = 1_000;
    private long evaluateEvery;
    private int keep = 2;
    private int patience;
    private final List<RunListener> listeners = new ArrayList<>();

    RunOptions() {}

    abstract B self();

    /**
     * Sets the triplets to train on. Required to {@code train()}.
     *
     * @param triplets the data set, which stays open; one that ends is shuffled anew in every pass
     * @return this
     */
    public B data(PreferenceDataset triplets) {
        data = triplets;
        return self();
    }

    /**
     * Sets triplets that are never trained on; the best checkpoint is the one that ranks most of
     * their pairs as people do.
     *
     * @param triplets a data set that ends, and stays open
     * @return this
     * @throws IllegalArgumentException if it has no end
     */
    public B validation(PreferenceDataset triplets) {
        Preconditions.checkArgument(
                triplets.size().isPresent(),
                "Trainers: the validation data %s has no end; say how many rows to take",
                triplets.name());
        validation = triplets;
        return self();
    }

    /**
     * Sets triplets that are never trained on, of which the first are taken.
     *
     * @param triplets a data set, which stays open
     * @param rows how many of its rows are taken at most
     * @return this
     * @throws IllegalArgumentException if it is less than 1
     */
    public B validation(PreferenceDataset triplets, long rows) {
        return validation(new FirstRows(triplets, atLeast(1, "validation rows", rows)));
    }

    /**
     * Sets the run's folder. Required to {@code train()}.
     *
     * @param folder made if it is not there; afterwards it holds the weights in {@code last} and
     *     {@code best}, checkpoints, the record, metrics and curves
     * @return this
     */
    public B output(Path folder) {
        output = folder;
        return self();
    }

    /**
     * Says whether to go on from what the folder holds. The finished weights are those of a run
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
     * @param steps optimiser steps between two; 1,000 if this is not called
     * @return this
     * @throws IllegalArgumentException if it is less than 1
     */
    public B saveEvery(long steps) {
        saveEvery = atLeast(1, "saveEvery", steps);
        return self();
    }

    /**
     * Sets how often the validation data are evaluated.
     *
     * @param steps optimiser steps between two; as often as checkpoints are saved if this is not
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
     * Stops the run early when the validation data are ranked no better for a while.
     *
     * @param evaluations how many in a row must bring nothing better; 0, never, if this is not
     *     called
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public B patience(int evaluations) {
        patience = (int) atLeast(0, "patience", evaluations);
        return self();
    }

    /**
     * Sets what happens at a row that cannot be used; the run stops there if this is not called.
     *
     * @param handler for example a {@link io.github.icthp.train.data.BadRowLog}, which skips it
     * @return this
     */
    public B badRows(BadRowHandler handler) {
        badRows = handler;
        return self();
    }

    /**
     * Sets how many threads decode images.
     *
     * @param threads one per processor if this is not called
     * @return this
     * @throws IllegalArgumentException if it is less than 1
     */
    public B decodingThreads(int threads) {
        decodingThreads = (int) atLeast(1, "decodingThreads", threads);
        return self();
    }

    /** Lists what a run requires and was not named. */
    final void missingForRun(List<String> missing) {
        if (data == null) {
            missing.add("data(triplets)");
        }
        if (output == null) {
            missing.add("output(folder)");
        }
    }

    final PreferenceDataset data() {
        return Preconditions.checkNotNull(data);
    }

    final Optional<PreferenceDataset> validation() {
        return Optional.ofNullable(validation);
    }

    final Path output() {
        return Preconditions.checkNotNull(output);
    }

    final Start start() {
        return start;
    }

    final List<RunListener> listeners() {
        return ImmutableList.copyOf(listeners);
    }

    final long saveEvery() {
        return saveEvery;
    }

    final long evaluateEvery() {
        return evaluateEvery == 0 ? saveEvery : evaluateEvery;
    }

    final int keep() {
        return keep;
    }

    final int patience() {
        return patience;
    }

    final BadRowHandler badRows() {
        return badRows;
    }

    final int decodingThreads() {
        return decodingThreads;
    }

    private static long atLeast(long least, String name, long value) {
        Preconditions.checkArgument(
                value >= least, "Trainers: %s must be at least %s, got %s", name, least, value);
        return value;
    }
}

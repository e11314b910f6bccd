package io.github.icthp.training;

import io.github.icthp.files.DurableFiles;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Tells what a run does: to its metrics files, its curves and its listeners. */
public final class RunReporter implements AutoCloseable {

    private final RunFolder folder;
    private final List<RunListener> listeners;
    private final MetricsFile metrics;
    private final EventFile events;

    /**
     * Opens the metrics of a run.
     *
     * @param folder where they lie
     * @param listeners hear what is reported, in their order
     * @param step steps made so far; metrics of later ones are removed
     * @throws java.io.UncheckedIOException if they cannot be written
     */
    RunReporter(RunFolder folder, List<RunListener> listeners, long step) {
        this.folder = folder;
        this.listeners = List.copyOf(listeners);
        this.metrics = folder.metrics(step);
        this.events = folder.events(step);
    }

    /**
     * The run is about to make its first step.
     *
     * @param record how it is made
     * @param step steps made before
     * @param total steps in all
     */
    void started(RunRecord record, long step, long total) {
        listeners.forEach(l -> l.started(record, step, total));
    }

    /**
     * An optimizer step was made.
     *
     * @param values what was measured
     * @param progress how far the run is
     */
    void stepped(Metrics values, RunProgress progress) {
        write(values);
        listeners.forEach(l -> l.stepped(values, progress));
    }

    /**
     * Held-out inputs were evaluated.
     *
     * @param values what was measured
     */
    void evaluated(Metrics values) {
        write(values);
        listeners.forEach(l -> l.evaluated(values));
    }

    /**
     * A checkpoint was saved.
     *
     * @param checkpoint where it lies
     */
    void saved(Path checkpoint) {
        listeners.forEach(l -> l.saved(checkpoint));
    }

    /**
     * The run has ended.
     *
     * @param step steps made
     * @param reason why
     */
    void ended(long step, String reason) {
        listeners.forEach(l -> l.ended(step, reason));
    }

    /** Draws metrics over the steps, from the run's first one. */
    void draw(TrainingTask.Chart chart) {
        Curves.write(
                chart.title(),
                MetricsFile.read(folder.metricsFile()),
                chart.names(),
                folder.path().resolve(chart.file()));
    }

    /**
     * Shows a picture in TensorBoard and writes it into the run's folder.
     *
     * @param step steps made
     * @param name what it shows
     * @param png the picture, a PNG file's content
     * @param file the file in the run's folder
     * @throws UncheckedIOException if it cannot be written
     */
    public void image(long step, String name, byte[] png, String file) {
        Path target = folder.path().resolve(file);
        try {
            DurableFiles.write(target, png);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    String.format(
                            Locale.ROOT,
                            "the picture could not be written to %s (%s); make room or make it writable, and resume",
                            target,
                            e.getMessage()),
                    e);
        }
        events.image(step, name, png);
    }

    private void write(Metrics values) {
        metrics.write(values);
        events.write(values);
    }

    @Override
    public void close() {
        try (metrics) {
            events.close();
        }
    }
}

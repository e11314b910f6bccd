package io.github.icthp.training;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;

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
    public RunReporter(RunFolder folder, List<RunListener> listeners, long step) {
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
    public void started(RunRecord record, long step, long total) {
        listeners.forEach(l -> l.started(record, step, total));
    }

    /**
     * An optimiser step was made.
     *
     * @param values what was measured
     * @param progress how far the run is
     */
    public void stepped(Metrics values, RunProgress progress) {
        write(values);
        listeners.forEach(l -> l.stepped(values, progress));
    }

    /**
     * Held-out inputs were evaluated.
     *
     * @param values what was measured
     */
    public void evaluated(Metrics values) {
        write(values);
        listeners.forEach(l -> l.evaluated(values));
    }

    /**
     * A checkpoint was saved.
     *
     * @param checkpoint where it lies
     */
    public void saved(Path checkpoint) {
        listeners.forEach(l -> l.saved(checkpoint));
    }

    /**
     * The run has ended.
     *
     * @param step steps made
     * @param reason why
     */
    public void ended(long step, String reason) {
        listeners.forEach(l -> l.ended(step, reason));
    }

    /**
     * Draws metrics over the steps, from the run's first one.
     *
     * @param title what stands above the curves
     * @param names chooses values by their names
     * @param file the PNG file's name in the run's folder
     */
    public void draw(String title, Predicate<String> names, String file) {
        Curves.write(
                title, MetricsFile.read(folder.metricsFile()), names, folder.path().resolve(file));
    }

    /**
     * Shows a picture in TensorBoard.
     *
     * @param step steps made
     * @param name what it shows
     * @param png the picture, a PNG file's content
     */
    public void image(long step, String name, byte[] png) {
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

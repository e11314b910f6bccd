package io.github.icthp.diffusion.draft;

import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.optim.WeightAverage;
import io.github.icthp.run.EventFile;
import io.github.icthp.run.Metrics;
import io.github.icthp.run.MetricsFile;
import io.github.icthp.run.RunFolder;
import io.github.icthp.run.RunListener;
import io.github.icthp.run.RunProgress;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Everything that a run writes, and whom it tells. */
final class DraftKOutput implements AutoCloseable {

    private final RunFolder folder;
    private final DraftKBuilder settings;
    private final LoraAdapters lora;
    private final Optional<WeightAverage> average;
    private final MetricsFile metrics;
    private final EventFile events;

    DraftKOutput(
            DraftKBuilder settings,
            RunFolder folder,
            LoraAdapters lora,
            Optional<WeightAverage> average,
            long step) {
        this.settings = settings;
        this.folder = folder;
        this.lora = lora;
        this.average = average;
        this.metrics = folder.metrics(step);
        this.events = folder.events(step);
    }

    Path adapter() {
        return folder.path().resolve("adapter");
    }

    Path bestAdapter() {
        Path best = folder.path().resolve("best");
        return Files.isDirectory(best) ? best : adapter();
    }

    void started(long step, long total) {
        listeners().forEach(l -> l.started(DraftKRecord.of(settings), step, total));
    }

    void stepped(Metrics values, RunProgress progress) {
        write(values);
        listeners().forEach(l -> l.stepped(values, progress));
    }

    void evaluated(Metrics values, byte[] grid) {
        write(values);
        RewardCurves.write(
                MetricsFile.read(folder.metricsFile()), folder.path().resolve("rewards.png"));
        Path file = folder.path().resolve("grids/step-%08d.png".formatted(values.step()));
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, grid);
        } catch (IOException e) {
            throw new UncheckedIOException("the pictures could not be written to " + file, e);
        }
        events.image(values.step(), "before and after", grid);
        listeners().forEach(l -> l.evaluated(values));
    }

    private void write(Metrics values) {
        metrics.write(values);
        events.write(values);
    }

    /** Saves a checkpoint and the adapters as they are evaluated. */
    void save(long step, DraftKState state, boolean best) {
        Path saved = folder.checkpoints().save(step, state.json(), state.tensors());
        saveAdapter(adapter());
        if (best) {
            folder.checkpoints().markBest(step, state.best());
            saveAdapter(folder.path().resolve("best"));
        }
        listeners().forEach(l -> l.saved(saved));
    }

    private void saveAdapter(Path path) {
        Runnable save = () -> lora.save(path);
        average.ifPresentOrElse(a -> a.inPlace(save), save);
    }

    void ended(long step, String reason) {
        listeners().forEach(l -> l.ended(step, reason));
    }

    private List<RunListener> listeners() {
        return settings.listeners();
    }

    @Override
    public void close() {
        try (folder;
                metrics) {
            events.close();
        }
    }
}

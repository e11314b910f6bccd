package io.github.icthp.diffusion.draft;

import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.files.DurableFiles;
import io.github.icthp.files.FolderFiles;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.RunFolder;
import io.github.icthp.training.RunProgress;
import io.github.icthp.training.RunReporter;
import io.github.icthp.training.WeightAverage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** Everything that a run writes, and whom it tells. */
final class DraftKOutput implements AutoCloseable {

    private final RunFolder folder;
    private final DraftKBuilder settings;
    private final LoraAdapters lora;
    private final Optional<WeightAverage> average;
    private final RunReporter reporter;

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
        this.reporter = new RunReporter(folder, settings.listeners(), step);
    }

    Path adapter() {
        return folder.path().resolve("adapter");
    }

    Path bestAdapter() {
        Path best = folder.path().resolve("best");
        return Files.isDirectory(best) ? best : adapter();
    }

    void started(long step, long total) {
        reporter.started(DraftKRecord.of(settings), step, total);
    }

    void stepped(Metrics values, RunProgress progress) {
        reporter.stepped(values, progress);
    }

    void evaluated(Metrics values, byte[] grid) {
        Path file =
                folder.path()
                        .resolve(String.format(Locale.ROOT, "grids/step-%08d.png", values.step()));
        try {
            FolderFiles.make(file.getParent());
            DurableFiles.write(file, grid);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    String.format(
                            Locale.ROOT,
                            "the pictures could not be written to %s (%s); make room or make it writable, and resume",
                            file,
                            e.getMessage()),
                    e);
        }
        reporter.image(values.step(), "before and after", grid);
        reporter.evaluated(values);
        reporter.draw("Rewards", name -> name.contains("reward"), "rewards.png");
    }

    /** Saves a checkpoint and the adapters. */
    void save(long step, DraftKState state) {
        Path saved = folder.checkpoints().save(step, state.json(), state.tensors());
        saveAdapters(step, state);
        reporter.saved(saved);
    }

    /**
     * Saves the adapters as they are evaluated. They follow from a checkpoint, so a run that was
     * killed between the two writes them when it is resumed.
     */
    void saveAdapters(long step, DraftKState state) {
        saveAdapter(adapter());
        if (state.isBest(step)) {
            folder.checkpoints().markBest(step, state.best());
            saveAdapter(folder.path().resolve("best"));
        }
    }

    private void saveAdapter(Path path) {
        Runnable save = () -> lora.save(path);
        average.ifPresentOrElse(a -> a.inPlace(save), save);
    }

    void ended(long step, String reason) {
        reporter.ended(step, reason);
    }

    @Override
    public void close() {
        try (folder) {
            reporter.close();
        }
    }
}

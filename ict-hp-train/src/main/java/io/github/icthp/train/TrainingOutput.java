package io.github.icthp.train;

import ai.djl.Device;

import io.github.icthp.torch.TensorScope;
import io.github.icthp.training.CheckpointStore;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.RunFolder;
import io.github.icthp.training.RunRecord;
import io.github.icthp.training.RunReporter;
import io.github.icthp.training.SavedCheckpoint;

import java.nio.file.Path;
import java.util.Optional;

/** Everything that a run writes, and whom it tells. */
final class TrainingOutput implements AutoCloseable {

    private final RunFolder folder;
    private final RunReporter reporter;
    private final RewardTrainer trainer;

    TrainingOutput(RunFolder folder, TrainerBuilder<?> settings, RewardTrainer trainer) {
        this.folder = folder;
        this.trainer = trainer;
        this.reporter = new RunReporter(folder, settings.listeners(), trainer.step());
    }

    /** Opens the folder of a run. */
    static RunFolder open(TrainerBuilder<?> settings, RunRecord record) {
        return RunFolder.open(settings.output(), record, settings.start(), settings.keep());
    }

    RunReporter reporter() {
        return reporter;
    }

    private CheckpointStore checkpoints() {
        return folder.checkpoints();
    }

    void evaluated(Metrics values) {
        reporter.evaluated(values);
        reporter.draw("Pair accuracy", name -> name.equals(Validation.ACCURACY), "accuracy.png");
    }

    void save(long step, TrainingState state, boolean best) {
        Path saved = checkpoints().save(step, state.json(), state.tensors());
        if (best) {
            markBest(step, state);
        }
        reporter.draw("Loss", name -> name.equals(Validation.LOSS), "loss.png");
        reporter.saved(saved);
    }

    /**
     * Marks the checkpoint that was just saved as the best, or, in a resumed run, the one that it
     * goes on from: a run may have been killed between saving it and marking it.
     */
    void markBest(long step, TrainingState state) {
        checkpoints().markBest(step, state.best().accuracy());
    }

    /** Writes the finished weights. */
    Path last() {
        return folder.publish("last", trainer::save);
    }

    /** Writes the weights that were evaluated best, if any were. */
    Optional<Path> best() {
        return checkpoints().best().map(saved -> folder.publish("best", path -> save(saved, path)));
    }

    private void save(SavedCheckpoint saved, Path path) {
        TensorScope.run(
                Device.cpu(),
                () -> {
                    trainer.files().write(path, saved.tensors(TrainingState.WEIGHTS));
                });
    }

    @Override
    public void close() {
        reporter.close();
    }
}

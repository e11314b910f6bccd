package io.github.icthp.train;

import ai.djl.Device;

import com.google.gson.Gson;
import com.google.gson.JsonObject;

import io.github.icthp.torch.TensorScope;
import io.github.icthp.train.data.LoaderCursor;
import io.github.icthp.train.data.PreferenceDataset;
import io.github.icthp.train.data.TripletBatch;
import io.github.icthp.train.data.TripletLoader;
import io.github.icthp.train.data.TripletLoaderBuilder;
import io.github.icthp.training.BestEvaluation;
import io.github.icthp.training.EarlyStop;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.OptimizerConfig;
import io.github.icthp.training.RunFolder;
import io.github.icthp.training.RunReporter;
import io.github.icthp.training.SavedCheckpoint;
import io.github.icthp.training.Seeds;
import io.github.icthp.training.TrainingLoop;
import io.github.icthp.training.TrainingTask;
import io.github.icthp.training.Updater;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** A reward model's run: batches from the data, validation, and the weights at its end. */
final class RewardTask implements TrainingTask, AutoCloseable {

    private static final String CURSOR = "cursor";
    private static final Gson GSON = new Gson();

    private final TrainerBuilder<?> settings;
    private final RewardTrainer trainer;
    private final StepEngine engine;
    private final Optional<Validation> validation;
    private LoaderCursor cursor = LoaderCursor.START;
    private @Nullable TripletLoader loader;
    private EarlyStop best = EarlyStop.none();

    RewardTask(TrainerBuilder<?> settings, RewardTrainer trainer) {
        this.settings = settings;
        this.trainer = trainer;
        this.engine = trainer.engine();
        this.validation =
                settings.validation().map(data -> new Validation(settings, data, trainer));
    }

    @Override
    public Updater updater() {
        return engine.updater();
    }

    @Override
    public Map<String, Double> gradients(Gradients sum) {
        List<TripletBatch> taken = new ArrayList<>();
        try {
            for (int i = 0; i < settings.optimizer().accumulation(); i++) {
                taken.add(loader().next());
            }
            Map<String, Double> losses = new LinkedHashMap<>();
            trainer.gradients(taken.stream().map(trainer::inputs).toList(), sum)
                    .forEach((part, value) -> losses.put(Validation.lossName(part), value));
            cursor = taken.get(taken.size() - 1).resumeAt();
            return losses;
        } finally {
            taken.forEach(TripletBatch::close);
        }
    }

    /** Batches that are decoded ahead, from where the run begins or goes on. */
    private TripletLoader loader() {
        if (loader == null) {
            OptimizerConfig optimizer = settings.optimizer();
            PreferenceDataset data = settings.data();
            TripletLoaderBuilder options =
                    TripletLoader.of(data, trainer.pixelReader())
                            .batchSize(optimizer.batchSize())
                            .threads(settings.decodingThreads())
                            .badRows(settings.badRows())
                            .dropLast()
                            .startAt(cursor);
            if (data.size().isPresent()) {
                options.shuffle(Seeds.derive(settings.seed(), 0, "order"));
            }
            loader = options.build();
        }
        return loader;
    }

    @Override
    public String inputs() {
        return engine.inputs();
    }

    @Override
    public long imagesPerStep() {
        return 3L * settings.optimizer().itemsPerStep();
    }

    @Override
    public void moved() {
        engine.broadcast();
    }

    @Override
    public Map<String, Double> evaluate(long step, RunReporter run) {
        return validation.map(Validation::run).orElse(Map.of());
    }

    @Override
    public EarlyStop earlyStop(int patience) {
        best = new BestEvaluation(Validation.ACCURACY, Validation.LOSS, patience);
        return best;
    }

    @Override
    public JsonObject state() {
        JsonObject state = new JsonObject();
        state.add(CURSOR, GSON.toJsonTree(cursor));
        return state;
    }

    @Override
    public void restore(JsonObject state) {
        cursor = GSON.fromJson(state.get(CURSOR), LoaderCursor.class);
    }

    @Override
    public List<Chart> charts() {
        return List.of(
                new Chart("accuracy.png", "Pair accuracy", Validation.ACCURACY::equals),
                new Chart("loss.png", "Loss", Validation.LOSS::equals));
    }

    @Override
    public void finished(RunFolder folder) {
        folder.publish("last", trainer::save);
        folder.checkpoints()
                .best()
                .ifPresent(saved -> folder.publish("best", path -> save(saved, path)));
    }

    private void save(SavedCheckpoint saved, Path path) {
        String section = updater().average().isPresent() ? Updater.AVERAGE : Updater.WEIGHTS;
        TensorScope.run(
                Device.cpu(),
                () -> {
                    trainer.files().write(path, saved.tensors(section));
                });
    }

    TrainingResult result(TrainingLoop.Result run, RunFolder folder) {
        Path last = folder.path().resolve("last");
        double accuracy = best.best();
        return new TrainingResult(
                run.steps(),
                run.reason(),
                last,
                folder.checkpoints().best().isPresent() ? folder.path().resolve("best") : last,
                Double.isNaN(accuracy) ? OptionalDouble.empty() : OptionalDouble.of(accuracy));
    }

    @Override
    public void close() {
        if (loader != null) {
            loader.close();
        }
    }
}

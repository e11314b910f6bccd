package io.github.icthp.train;

import com.google.common.io.Closer;

import io.github.icthp.torch.DType;
import io.github.icthp.train.data.TripletBatch;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.ProgressMeter;
import io.github.icthp.training.RunFolder;
import io.github.icthp.training.RunRecord;
import io.github.icthp.training.StepReport;
import io.github.icthp.training.Updater;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** A run under way: the loop over optimiser steps, with everything around it. */
final class TrainingRun implements AutoCloseable {

    private final Closer resources = Closer.create();
    private final TrainerBuilder<?> settings;
    private final RewardTrainer trainer;
    private final Updater updater;
    private final RunRecord record;
    private final TrainingState state;
    private final TrainingOutput output;
    private final StepBatches batches;
    private final Gradients gradients;
    private final Optional<Validation> validation;

    /** Loads the networks and prepares everything, from the last checkpoint if there is one. */
    TrainingRun(TrainerBuilder<?> settings) {
        this.settings = settings;
        try {
            this.trainer = register(settings.build());
            this.updater = trainer.steps().updater();
            this.record = TrainingRecord.of(settings, trainer);
            RunFolder folder = register(TrainingOutput.open(settings, record));
            this.state = new TrainingState(trainer.steps());
            folder.checkpoints().latest().ifPresent(state::restore);
            this.output = register(new TrainingOutput(folder, settings, trainer));
            this.batches = register(new StepBatches(settings, trainer, state.cursor()));
            this.gradients = register(new Gradients(trainer.device()));
            this.validation =
                    settings.validation().map(data -> new Validation(settings, data, trainer));
        } catch (RuntimeException | Error e) {
            try {
                close();
            } catch (RuntimeException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    private <T extends AutoCloseable> T register(T resource) {
        resources.register(
                () -> {
                    try {
                        resource.close();
                    } catch (IOException | RuntimeException e) {
                        throw e;
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                });
        return resource;
    }

    /** Runs the steps that are left, and writes the weights. */
    TrainingResult toEnd() {
        long total = settings.optimizer().steps();
        if (state.best().isNew() && isEvaluatedAfter(updater.step())) {
            output.markBest(updater.step(), state);
        }
        output.reporter().started(record, updater.step(), total);
        ProgressMeter meter = new ProgressMeter(updater.step(), total);
        OptimizerConfig optimizer = settings.optimizer();
        long images = 3L * optimizer.batchSize() * optimizer.accumulation();
        while (updater.step() < total && !isStale()) {
            output.reporter().stepped(step(), meter.step(images));
            lookAfter(updater.step(), updater.step() == total);
        }
        String reason =
                isStale()
                        ? String.format(
                                Locale.ROOT,
                                "stopped early: %d evaluations brought nothing better",
                                settings.patience())
                        : "finished";
        TrainingResult result = result(reason);
        output.reporter().ended(updater.step(), reason);
        return result;
    }

    private TrainingResult result(String reason) {
        Path last = output.last();
        return new TrainingResult(
                updater.step(),
                reason,
                last,
                output.best().orElse(last),
                state.best().exists()
                        ? OptionalDouble.of(state.best().accuracy())
                        : OptionalDouble.empty());
    }

    /** Says whether the run is to stop because the validation data are ranked no better. */
    private boolean isStale() {
        return settings.patience() > 0 && state.best().since() >= settings.patience();
    }

    private boolean isEvaluatedAfter(long step) {
        return step == settings.optimizer().steps() || step % settings.evaluateEvery() == 0;
    }

    /** Evaluates and saves when it is time to. */
    private void lookAfter(long done, boolean last) {
        boolean best = false;
        if (isEvaluatedAfter(done) && validation.isPresent()) {
            Metrics found = validation.get().run(done);
            state.evaluated(
                    found.values().get(Validation.ACCURACY),
                    found.values().getOrDefault(Validation.LOSS, Double.NaN));
            output.evaluated(found);
            best = state.best().isNew();
        }
        if (last || best || isStale() || done % settings.saveEvery() == 0) {
            output.save(done, state, best);
        }
    }

    /** Makes one optimiser step: gradients, then their application. */
    private Metrics step() {
        long start = System.nanoTime();
        gradients.clear();
        List<TripletBatch> taken = batches.next();
        try {
            List<TripletInputs> inputs = taken.stream().map(trainer::inputs).toList();
            Map<String, Double> losses = trainer.gradients(inputs, gradients);
            StepReport report = trainer.apply(gradients);
            gradients.clear();
            state.moveTo(taken.get(taken.size() - 1).resumeAt());
            Map<String, Double> values = values(losses, report);
            values.put("seconds", (System.nanoTime() - start) / 1e9);
            return new Metrics(updater.step(), Metrics.TRAIN, values);
        } finally {
            taken.forEach(TripletBatch::close);
        }
    }

    private Map<String, Double> values(Map<String, Double> losses, StepReport report) {
        Map<String, Double> values = new LinkedHashMap<>();
        losses.forEach((part, value) -> values.put(Validation.lossName(part), value));
        values.put("gradient_norm", report.gradientNorm());
        values.put("clip_factor", report.clipFactor());
        values.put("learning_rate", report.rate());
        if (settings.compute().type() == DType.FLOAT16) {
            values.put("loss_scale", updater.lossScale());
            values.put("skipped_steps", (double) updater.scaler().skipped());
        }
        return values;
    }

    @Override
    public void close() {
        try {
            resources.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

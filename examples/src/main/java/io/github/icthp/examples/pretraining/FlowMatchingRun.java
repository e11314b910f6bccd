package io.github.icthp.examples.pretraining;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import com.google.common.io.Closer;

import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.training.AdamW;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.LossScaler;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.ParameterGroup;
import io.github.icthp.training.ProgressMeter;
import io.github.icthp.training.RunFolder;
import io.github.icthp.training.RunProgress;
import io.github.icthp.training.StepReport;
import io.github.icthp.training.Trainable;
import io.github.icthp.training.Updater;
import io.github.icthp.training.WeightAverage;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A flow-matching run: its state and its loop. */
final class FlowMatchingRun implements AutoCloseable {

    private final FlowMatchingConfig config;
    private final NDManager owner;
    private final List<Trainable> trainables;
    private final Updater updater;
    private final WeightAverage average;
    private final Gradients gradients;
    private final FlowStep first;
    private final FlowMatchingOutput output;
    private final Optional<FlowValidation> validation;

    private FlowMatchingRun(FlowMatchingBuilder settings, RunFolder folder, NDManager owner) {
        this.config = settings.config();
        this.owner = owner;
        this.trainables =
                settings.transformer().trainable().entrySet().stream()
                        .map(e -> Trainable.of(e.getKey(), e.getValue()))
                        .toList();
        track(true);
        this.gradients = new Gradients(owner.getDevice());
        FlowMatchingConfig.Optimisation o = config.optimisation();
        ParameterGroup group = new ParameterGroup(trainables, o.weightDecay());
        this.updater =
                new Updater(
                        new AdamW(o.adamW(), List.of(group), owner),
                        o.rate(),
                        o.maxNorm(),
                        LossScaler.none());
        this.average = new WeightAverage(trainables, o.average(), owner);
        FlowLoss loss = settings.loss();
        this.first = new FlowStep(loss, new FlowBatches(settings.pictures(), config), trainables);
        this.validation = settings.heldOut().map(some -> new FlowValidation(loss, some, config));
        FlowMatchingState state = new FlowMatchingState(updater, average);
        folder.checkpoints().latest().ifPresent(state::restore);
        this.output = new FlowMatchingOutput(settings, folder, state);
    }

    static FlowMatchingRun start(FlowMatchingBuilder settings) {
        RunFolder folder =
                RunFolder.open(
                        settings.output(),
                        FlowMatchingOutput.record(settings),
                        settings.start(),
                        settings.config().saving().keep());
        NDManager owner = Torch.manager(settings.transformer().device());
        Closer undo = Closer.create();
        undo.register(folder::close);
        undo.register(owner::close);
        try {
            return new FlowMatchingRun(settings, folder, owner);
        } catch (RuntimeException | Error e) {
            try {
                undo.close();
            } catch (IOException | RuntimeException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    /** Says whether graphs reach the weights. */
    private void track(boolean on) {
        trainables.forEach(t -> t.master().setRequiresGradient(on));
    }

    FlowMatchingResult toEnd() {
        long total = config.optimisation().iterations();
        output.started(updater.step());
        ProgressMeter meter = new ProgressMeter(updater.step(), total);
        double loss = Double.NaN;
        double heldOut = Double.NaN;
        while (updater.step() < total) {
            Metrics metrics = step();
            loss = metrics.values().get("loss");
            RunProgress progress = meter.step(config.optimisation().batch());
            output.stepped(metrics, progress);
            long done = updater.step();
            boolean last = done == total;
            if (last || done % config.saving().evaluateEvery() == 0) {
                heldOut = evaluate(done);
            }
            if (last || done % config.saving().saveEvery() == 0) {
                output.save(done);
            }
        }
        average.inPlace(output::saveTransformer);
        average.tensors().forEach(this::overwrite);
        output.ended(updater.step());
        return new FlowMatchingResult(updater.step(), output.transformer(), loss, heldOut);
    }

    private void overwrite(String name, NDArray value) {
        Tensors.overwrite(updater.optimizer().masters().get(name), value);
    }

    private Metrics step() {
        long start = System.nanoTime();
        long step = updater.step();
        gradients.clear();
        double loss = first.gradients(step, gradients);
        StepReport report = updater.apply(gradients, () -> first.describe(step));
        gradients.clear();
        average.updateYoung(step);
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("loss", loss);
        values.put("gradient_norm", report.gradientNorm());
        values.put("clip_factor", report.clipFactor());
        values.put("learning_rate", report.rate());
        values.put("seconds", (System.nanoTime() - start) / 1e9);
        return new Metrics(updater.step(), Metrics.TRAIN, values);
    }

    private double evaluate(long step) {
        if (validation.isEmpty()) {
            return Double.NaN;
        }
        double[] loss = new double[1];
        average.inPlace(() -> loss[0] = validation.get().loss());
        output.evaluated(new Metrics(step, Metrics.EVALUATE, Map.of("loss", loss[0])));
        return loss[0];
    }

    @Override
    public void close() {
        try (owner;
                gradients;
                output) {
            track(false);
        }
    }
}

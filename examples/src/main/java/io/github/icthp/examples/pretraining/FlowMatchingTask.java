package io.github.icthp.examples.pretraining;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;

import io.github.icthp.diffusion.sd3.Sd3Transformer;
import io.github.icthp.files.DurableFiles;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.LossScaler;
import io.github.icthp.training.RunFolder;
import io.github.icthp.training.RunRecord;
import io.github.icthp.training.RunReporter;
import io.github.icthp.training.Trainable;
import io.github.icthp.training.TrainingLoop;
import io.github.icthp.training.TrainingTask;
import io.github.icthp.training.Updater;
import io.github.icthp.weights.SafetensorsWriter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A flow-matching run: the loss of its pictures, that of held-out ones, and the transformer. */
final class FlowMatchingTask implements TrainingTask, AutoCloseable {

    private static final String TRANSFORMER = "transformer";

    private final FlowMatchingBuilder settings;
    private final List<Trainable> trainables;
    private final Updater updater;
    private final FlowStep first;
    private final Optional<FlowValidation> validation;
    private double loss = Double.NaN;
    private double heldOutLoss = Double.NaN;

    /**
     * Prepares a run; graphs reach the weights until this is closed.
     *
     * @param settings describes it
     * @param owner owns what the optimizer remembers
     */
    FlowMatchingTask(FlowMatchingBuilder settings, NDManager owner) {
        FlowMatchingConfig config = settings.config();
        this.settings = settings;
        this.trainables =
                settings.transformer().trainable().entrySet().stream()
                        .map(e -> Trainable.of(e.getKey(), e.getValue()))
                        .toList();
        this.updater = new Updater(config.optimizer(), trainables, LossScaler.none(), owner);
        FlowLoss error = settings.loss();
        this.first = new FlowStep(error, new FlowBatches(settings.pictures(), config), trainables);
        this.validation = settings.heldOut().map(some -> new FlowValidation(error, some, config));
        track(true);
    }

    static RunRecord record(FlowMatchingBuilder settings) {
        FlowMatchingConfig config = settings.config();
        JsonObject json = RunRecord.settings(config);
        json.getAsJsonObject("noise")
                .getAsJsonObject("density")
                .addProperty("kind", config.noise().density().getClass().getSimpleName());
        json.add(TRANSFORMER, settings.transformer().config().toJson(0));
        json.addProperty("evaluateEvery", settings.options().evaluateEvery());
        return RunRecord.of(
                "flow-matching",
                config.seed(),
                json,
                settings.sources(),
                settings.transformer().device());
    }

    /** Says whether graphs reach the weights. */
    private void track(boolean on) {
        trainables.forEach(t -> t.master().setRequiresGradient(on));
    }

    @Override
    public Updater updater() {
        return updater;
    }

    @Override
    public Map<String, Double> gradients(Gradients sum) {
        loss = first.gradients(updater.step(), sum);
        return Map.of("loss", loss);
    }

    @Override
    public String inputs() {
        return first.describe(updater.step());
    }

    @Override
    public Map<String, Double> evaluate(long step, RunReporter run) {
        if (validation.isEmpty()) {
            return Map.of();
        }
        heldOutLoss = validation.get().loss();
        return Map.of("loss", heldOutLoss);
    }

    /** Writes the weights as diffusers does. */
    @Override
    public void finished(RunFolder folder) {
        Path target = folder.path().resolve(TRANSFORMER);
        Sd3Transformer model = settings.transformer();
        SafetensorsWriter.write(
                target.resolve("diffusion_pytorch_model.safetensors"),
                model.tensors(),
                Map.of("format", "pt"));
        int side = settings.pictures().get(0).image().getWidth() / settings.loss().codec().factor();
        String config =
                new GsonBuilder().setPrettyPrinting().create().toJson(model.config().toJson(side));
        try {
            DurableFiles.write(target.resolve("config.json"), config + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException("the transformer could not be written to " + target, e);
        }
    }

    /** Leaves the moving average in the transformer. */
    FlowMatchingResult result(TrainingLoop.Result run, RunFolder folder) {
        Map<String, NDArray> masters = updater.optimizer().masters();
        updater.average()
                .ifPresent(
                        average ->
                                average.tensors()
                                        .forEach(
                                                (name, value) ->
                                                        Tensors.overwrite(
                                                                masters.get(name), value)));
        return new FlowMatchingResult(
                run.steps(), folder.path().resolve(TRANSFORMER), loss, heldOutLoss);
    }

    @Override
    public void close() {
        track(false);
    }
}

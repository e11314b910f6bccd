package io.github.icthp.examples.pretraining;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import com.google.gson.JsonObject;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.LossScaler;
import io.github.icthp.training.RunFolder;
import io.github.icthp.training.RunRecord;
import io.github.icthp.training.Trainable;
import io.github.icthp.training.TrainingTask;
import io.github.icthp.training.Updater;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/** A run of {@link PromptModelTrainer}: the cross-entropy of its texts, and the model. */
final class PromptModelTask implements TrainingTask, AutoCloseable {

    private final PromptModelTrainer settings;
    private final List<Trainable> trainables;
    private final Updater updater;

    /**
     * Prepares a run; graphs reach the weights until this is closed.
     *
     * @param settings describes it
     * @param owner owns what the optimizer remembers
     */
    PromptModelTask(PromptModelTrainer settings, NDManager owner) {
        this.settings = settings;
        this.trainables =
                settings.model().trainable().entrySet().stream()
                        .map(e -> Trainable.of(e.getKey(), e.getValue()))
                        .toList();
        this.updater = new Updater(settings.optimizer(), trainables, LossScaler.none(), owner);
        track(true);
    }

    static RunRecord record(PromptModelTrainer settings) {
        JsonObject json = new JsonObject();
        json.add("model", RunRecord.settings(settings.model().config()));
        json.add("optimizer", RunRecord.settings(settings.optimizer()));
        return RunRecord.of(
                "prompt-model",
                settings.seed(),
                json,
                Map.of("texts", settings.source()),
                settings.model().device());
    }

    private void track(boolean on) {
        trainables.forEach(t -> t.master().setRequiresGradient(on));
    }

    @Override
    public Updater updater() {
        return updater;
    }

    @Override
    public Map<String, Double> gradients(Gradients sum) {
        List<String> texts = texts();
        return TensorScope.call(
                settings.model().device(),
                () -> {
                    NDArray loss = Autograd.in(Mode.GRADIENT, () -> settings.model().loss(texts));
                    List<Optional<NDArray>> gradients =
                            Autograd.gradients(
                                    loss,
                                    null,
                                    trainables.stream().map(Trainable::master).toList());
                    sum.addAll(trainables.stream().map(Trainable::name).toList(), gradients);
                    return Map.of("loss", Tensors.toDouble(loss));
                });
    }

    private List<String> texts() {
        long count = settings.optimizer().itemsPerStep();
        return LongStream.range(0, count)
                .mapToObj(i -> settings.texts().text(updater.step() * count + i))
                .toList();
    }

    @Override
    public String inputs() {
        return "the texts " + texts();
    }

    @Override
    public void finished(RunFolder folder) {
        settings.model().write(folder.path().resolve(PromptModelTrainer.MODEL));
    }

    @Override
    public void close() {
        track(false);
    }
}

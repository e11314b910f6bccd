package io.github.icthp.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.image.ImageProcessor;
import io.github.icthp.tokenizer.ClipTokenizer;
import io.github.icthp.torch.NativeMemory;
import io.github.icthp.train.data.ClipPixelReader;
import io.github.icthp.train.data.IctTargets;
import io.github.icthp.train.data.PixelReader;
import io.github.icthp.train.data.PreferenceTriplet;
import io.github.icthp.train.data.TripletBatch;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.StepReport;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A reward model being trained, step by step; {@code train()} of a builder runs this to the end.
 *
 * <p>A step is two functions, {@link #gradients} and {@link #apply}, so that something else, a
 * distributed engine for example, may average gradients between them. One thread uses a trainer.
 *
 * <pre>{@code
 * try (RewardTrainer trainer = Trainers.ict().base(clipH).build();
 *         Gradients gradients = new Gradients(trainer.device())) {
 *     trainer.gradients(List.of(trainer.inputs(batch)), gradients);
 *     StepReport report = trainer.apply(gradients);
 *     gradients.clear();
 * }
 * }</pre>
 */
public final class RewardTrainer implements AutoCloseable {

    private final StepEngine engine;
    private final ClipTokenizer tokenizer;
    private final BaseModel base;
    private final ModelFiles files;

    RewardTrainer(StepEngine engine, BaseModel base, ModelFiles files) {
        this.engine = engine;
        this.base = base;
        this.files = files;
        this.tokenizer = base.settings().startTokenizer(false);
    }

    /**
     * Returns where losses are computed and parameters are moved.
     *
     * @return the first device
     */
    public Device device() {
        return engine.device();
    }

    /**
     * Returns what is trained.
     *
     * @return the live float32 parameters by their names in checkpoints
     */
    public Map<String, NDArray> trained() {
        return engine.trained();
    }

    /**
     * Returns the steps made.
     *
     * @return the number of the next step
     */
    public long step() {
        return engine.updater().step();
    }

    /**
     * Tokenizes a batch's prompts.
     *
     * @param batch decoded triplets; it must stay open until the step is made
     * @return the inputs of a step, over the batch's memory
     */
    public TripletInputs inputs(TripletBatch batch) {
        List<PreferenceTriplet> triplets = batch.triplets();
        List<IctTargets> targets = triplets.stream().flatMap(t -> t.targets().stream()).toList();
        return new TripletInputs(
                batch.pixels().asFloatBuffer(),
                base.config().imageSize(),
                ids(triplets, PreferenceTriplet::easyPrompt),
                ids(triplets, PreferenceTriplet::refinedPrompt),
                targets.size() == triplets.size() ? targets : List.of(),
                triplets.stream().map(PreferenceTriplet::row).toList());
    }

    private List<long[]> ids(
            List<PreferenceTriplet> triplets, Function<PreferenceTriplet, String> prompt) {
        List<String> prompts = triplets.stream().map(prompt).toList();
        return Arrays.asList(tokenizer.tokenize(prompts, base.config().positions()).ids());
    }

    /**
     * The first half of a step: adds the gradients of the loss, averaged over the batches.
     *
     * @param batches the step's batches
     * @param sink receives the gradients, on {@link #device()}
     * @return the parts of the loss by name, {@code total} first
     * @throws io.github.icthp.training.DivergenceException if the loss is not finite; the message
     *     names step and rows
     * @throws IllegalArgumentException if ICT targets are needed and missing, or a batch is smaller
     *     than the number of devices
     */
    public Map<String, Double> gradients(List<TripletInputs> batches, Gradients sink) {
        return engine.gradients(batches, sink);
    }

    /**
     * The second half of a step: clips the gradients and moves the parameters, on all devices.
     *
     * @param gradients the sum that {@link #gradients} filled
     * @return what was done
     * @throws io.github.icthp.training.DivergenceException if the gradients are not finite and no
     *     loss scaling explains it; nothing was moved
     */
    public StepReport apply(Gradients gradients) {
        return engine.apply(gradients);
    }

    /**
     * Writes the model as it is now: ICT as a folder that transformers' {@code
     * CLIPModel.from_pretrained} loads, HP as folders {@code hp_backbone}, which it loads too, and
     * {@code hp_scorer}.
     *
     * @param folder where to; made if it is not there
     * @throws java.io.UncheckedIOException if it cannot be written
     */
    public void save(Path folder) {
        files.write(folder, trained());
    }

    /** What no file said of the base model and was assumed; or an empty string. */
    String assumption() {
        return base.settings().assumption();
    }

    StepEngine engine() {
        return engine;
    }

    ModelFiles files() {
        return files;
    }

    /** Prepares images as the base model reads them. */
    PixelReader pixelReader() {
        return new ClipPixelReader(ImageProcessor.of(base.settings().images()));
    }

    /** Frees networks, optimizer and tokenizer. */
    @Override
    public void close() {
        tokenizer.close();
        engine.close();
        NativeMemory.reuse();
        NativeMemory.trim();
    }
}

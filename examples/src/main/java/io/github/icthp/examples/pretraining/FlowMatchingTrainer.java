package io.github.icthp.examples.pretraining;

import ai.djl.ndarray.NDManager;

import io.github.icthp.torch.Torch;
import io.github.icthp.training.RunFolder;
import io.github.icthp.training.RunOptions;
import io.github.icthp.training.TrainingLoop;

/**
 * Trains an SD3 transformer by rectified-flow matching, from scratch or further, all of its
 * weights.
 *
 * <pre>{@code
 * try (Sd3Transformer transformer = Sd3Transformer.fresh(config, 0, Device.cpu())) {
 *     FlowMatchingTrainer.builder()
 *             .transformer(transformer).codec(codec).encoder(encoder)
 *             .pictures(pictures).output(Path.of("run"))
 *             .config(FlowMatchingConfig.sd3(10_000)).build().train();
 * }
 * }</pre>
 *
 * <p>The run's folder holds its record, metrics, checkpoints from which a killed run resumes to the
 * bit, and {@code transformer/}, which diffusers' SD3Transformer2DModel loads. The graph of a whole
 * step is in memory: this is for models that leave room for it.
 */
public final class FlowMatchingTrainer {

    private final FlowMatchingBuilder settings;

    FlowMatchingTrainer(FlowMatchingBuilder settings) {
        this.settings = settings;
    }

    /**
     * Starts a description.
     *
     * @return a builder
     */
    public static FlowMatchingBuilder builder() {
        return new FlowMatchingBuilder();
    }

    /**
     * Runs the training, to its end or from the last checkpoint to its end. Afterwards the
     * transformer's weights are their moving average.
     *
     * @return what came of it
     * @throws io.github.icthp.training.DivergenceException if the loss or a gradient is not finite;
     *     the last checkpoint is kept
     * @throws IllegalStateException if the folder holds another run
     * @throws java.io.UncheckedIOException if the folder cannot be written
     */
    public FlowMatchingResult train() {
        RunOptions options = settings.options();
        try (RunFolder folder = options.open(FlowMatchingTask.record(settings));
                NDManager owner = Torch.manager(settings.transformer().device());
                FlowMatchingTask task = new FlowMatchingTask(settings, owner)) {
            return task.result(TrainingLoop.run(task, options, folder), folder);
        }
    }
}

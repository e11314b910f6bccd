package io.github.icthp.examples.pretraining;

import ai.djl.ndarray.NDManager;

import io.github.icthp.prompt.Gpt2Trainee;
import io.github.icthp.torch.Torch;
import io.github.icthp.training.OptimizerConfig;
import io.github.icthp.training.RunFolder;
import io.github.icthp.training.RunOptions;
import io.github.icthp.training.TrainingLoop;

import java.nio.file.Path;

/**
 * Trains a GPT-2 on texts, from random weights, all of them: the model then continues beginnings of
 * such texts. The run's folder holds its record, metrics, checkpoints from which a killed run
 * resumes, and at its end {@code model/}, which {@link io.github.icthp.prompt.PromptExtender}
 * loads.
 *
 * @param model what is trained; the run does not close it
 * @param texts the texts; a step reads the next of them
 * @param source says what the texts are, for the run's record
 * @param optimizer steps, batch size and learning rate
 * @param seed the one that the model was made with
 */
public record PromptModelTrainer(
        Gpt2Trainee model, PromptTexts texts, String source, OptimizerConfig optimizer, long seed) {

    /** The folder of the trained model in a run's folder. */
    static final String MODEL = "model";

    /**
     * Runs the training, to its end or from the last checkpoint to its end.
     *
     * @param options where to
     * @return the folder of the model
     * @throws io.github.icthp.training.DivergenceException if the loss or a gradient is not finite
     * @throws IllegalStateException if the folder holds another run
     * @throws java.io.UncheckedIOException if the folder cannot be written
     */
    public Path train(RunOptions options) {
        try (RunFolder folder = options.open(PromptModelTask.record(this));
                NDManager owner = Torch.manager(model.device());
                PromptModelTask task = new PromptModelTask(this, owner)) {
            TrainingLoop.run(task, options, folder);
        }
        return options.output().resolve(MODEL);
    }
}

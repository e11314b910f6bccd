package io.github.icthp.examples.dataset;

import ai.djl.Device;

import io.github.icthp.examples.pretraining.PromptModelTrainer;
import io.github.icthp.examples.world.ExtendedPrompts;
import io.github.icthp.prompt.Gpt2Config;
import io.github.icthp.prompt.Gpt2Trainee;
import io.github.icthp.prompt.PromptExtender;
import io.github.icthp.torch.DType;
import io.github.icthp.training.LrSchedule;
import io.github.icthp.training.OptimizerConfig;
import io.github.icthp.training.RunOptions;

import java.nio.file.Path;

/** A tiny Prompt-Extend for the drawn world, trained in seconds when it is first needed. */
final class MiniatureExtender {

    static final String NAME = "GPT-2 of the drawn world";

    private static final long STEPS = 300;
    private static final int BATCH = 32;
    private static final double PEAK_RATE = 1e-2;
    private static final long WARM_UP = 20;
    private static final int POSITIONS = 64;
    private static final int WIDTH = 48;
    private static final int LAYERS = 2;

    /** Another world than any that prompts to be extended are drawn from by default. */
    private static final long SEED = 1807;

    private MiniatureExtender() {}

    /**
     * Trains into a folder, or resumes there, or takes what is there, and loads.
     *
     * @return the extender, to be closed by the caller
     */
    static PromptExtender open(Path folder) {
        Path tokenizer = folder.resolve("tokenizer");
        int vocabulary = ExtendedPrompts.writeTokenizer(tokenizer);
        Gpt2Config config =
                new Gpt2Config(
                        vocabulary,
                        POSITIONS,
                        WIDTH,
                        LAYERS,
                        WIDTH / 16,
                        4 * WIDTH,
                        true,
                        1e-5,
                        true,
                        false,
                        true,
                        0);
        try (Gpt2Trainee model = Gpt2Trainee.fresh(config, SEED, tokenizer, Device.cpu())) {
            Path trained =
                    new PromptModelTrainer(
                                    model,
                                    new ExtendedPrompts(SEED),
                                    "extended prompts of the drawn world " + SEED,
                                    optimizer(),
                                    SEED)
                            .train(
                                    RunOptions.custom(folder)
                                            .resume(true)
                                            .saveEvery(100)
                                            .keep(1)
                                            .build());
            return PromptExtender.load(trained, Device.cpu(), DType.FLOAT32);
        }
    }

    private static OptimizerConfig optimizer() {
        return OptimizerConfig.custom()
                .steps(STEPS)
                .batchSize(BATCH)
                .schedule(LrSchedule.cosine(PEAK_RATE, WARM_UP, STEPS))
                .build();
    }
}

package io.github.icthp.examples.train;

import io.github.icthp.training.LrSchedule;
import io.github.icthp.training.OptimizerConfig;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

/** How many steps a reward model is trained, and how far each goes. */
final class StepOptions {

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "optimizer steps; default: as --config says")
    private @Nullable Long steps;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "passes over the data, in place of --steps")
    private @Nullable Long epochs;

    @Option(names = "--batch", paramLabel = "N", description = "triplets in a batch; default: 16")
    private @Nullable Integer batch;

    @Option(
            names = "--accumulation",
            paramLabel = "N",
            description = "batches in a step; default: 1")
    private @Nullable Integer accumulation;

    @Option(
            names = "--rate",
            paramLabel = "R",
            description = "learning rate; default: 3e-5 for ICT, 3e-6 for HP")
    private @Nullable Double rate;

    @Option(names = "--warm-up", paramLabel = "N", description = "its warm-up steps; default: 500")
    private @Nullable Long warmUp;

    @Option(
            names = "--schedule",
            paramLabel = "SHAPE",
            defaultValue = "constant",
            description = "constant, linear or cosine; default: ${DEFAULT-VALUE}")
    private LrSchedule.Shape shape = LrSchedule.Shape.CONSTANT;

    /** Applies what was given. */
    OptimizerConfig on(OptimizerConfig config, long triplets) {
        OptimizerConfig.Builder result = OptimizerConfig.from(config);
        if (batch != null) {
            result.batchSize(batch);
        }
        if (accumulation != null) {
            result.accumulation(accumulation);
        }
        if (steps != null) {
            result.steps(steps);
        } else if (epochs != null) {
            result.epochs(epochs, triplets);
        }
        LrSchedule old = config.schedule();
        long total = result.build().steps();
        return result.schedule(
                        new LrSchedule(
                                shape,
                                rate == null ? old.peak() : rate,
                                warmUp == null ? Math.min(old.warmUp(), total / 10) : warmUp,
                                total))
                .build();
    }
}

package io.github.icthp.examples.finetune;

import io.github.icthp.training.LrSchedule;
import io.github.icthp.training.LrSchedule.Shape;
import io.github.icthp.training.OptimizerConfig;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

/** How adapters are moved while fine-tuning. */
final class UpdateOptions {

    @Option(
            names = "--iterations",
            paramLabel = "N",
            description = "optimizer steps; default: 3000, as the paper's")
    private @Nullable Long iterations;

    @Option(names = "--batch", paramLabel = "N", description = "pictures made together; default: 1")
    private @Nullable Integer batch;

    @Option(
            names = "--accumulation",
            paramLabel = "N",
            description =
                    "batches of one optimizer step; default: as many as the paper had GPUs, 40 and"
                            + " for FLUX.1 32")
    private @Nullable Integer accumulation;

    @Option(names = "--rate", paramLabel = "R", description = "learning rate; default: 5e-6")
    private @Nullable Double rate;

    @Option(names = "--warm-up", paramLabel = "N", description = "its warm-up steps; default: 0")
    private @Nullable Long warmUp;

    @Option(
            names = "--schedule",
            paramLabel = "SHAPE",
            description = "its shape: constant, linear or cosine; default: constant")
    private @Nullable Shape shape;

    @Option(
            names = "--weight-decay",
            paramLabel = "D",
            description = "AdamW's decoupled decay; default: 0.01")
    private @Nullable Double weightDecay;

    @Option(
            names = "--clip-norm",
            paramLabel = "N",
            description = "the norm to clip gradients to; default: 1")
    private @Nullable Double clipNorm;

    @Option(
            names = "--average",
            paramLabel = "D",
            description =
                    "decay of the adapter's moving average, which is then saved; default: off")
    private @Nullable Double average;

    /** Applies what was given. */
    OptimizerConfig.Builder on(OptimizerConfig.Builder builder) {
        OptimizerConfig o = builder.build();
        long steps = iterations == null ? o.steps() : iterations;
        return builder.steps(steps)
                .batchSize(batch == null ? o.batchSize() : batch)
                .accumulation(accumulation == null ? o.accumulation() : accumulation)
                .schedule(schedule(o.schedule(), steps))
                .weightDecay(weightDecay == null ? o.weightDecay() : weightDecay)
                .maxGradientNorm(clipNorm == null ? o.maxGradientNorm() : clipNorm)
                .average(average == null ? o.average() : average);
    }

    private LrSchedule schedule(LrSchedule standard, long steps) {
        double peak = rate == null ? standard.peak() : rate;
        long warm = warmUp == null ? standard.warmUp() : warmUp;
        return shape == null || shape == Shape.CONSTANT
                ? LrSchedule.constant(peak, warm)
                : new LrSchedule(shape, peak, warm, steps);
    }
}

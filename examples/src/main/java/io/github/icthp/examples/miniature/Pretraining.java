package io.github.icthp.examples.miniature;

import ai.djl.Device;

import io.github.icthp.diffusion.Miniature;
import io.github.icthp.diffusion.sd3.Sd3Transformer;
import io.github.icthp.examples.pretraining.FlowMatchingBuilder;
import io.github.icthp.examples.pretraining.FlowMatchingConfig;
import io.github.icthp.examples.pretraining.FlowMatchingConfig.Noise;
import io.github.icthp.examples.pretraining.FlowMatchingResult;
import io.github.icthp.examples.pretraining.FlowMatchingTrainer;
import io.github.icthp.examples.pretraining.LossWeighting;
import io.github.icthp.examples.pretraining.TimestepDensity;
import io.github.icthp.train.data.Split;
import io.github.icthp.training.AdamWConfig;
import io.github.icthp.training.LrSchedule;
import io.github.icthp.training.OptimizerConfig;
import io.github.icthp.training.RunListener;

import java.nio.file.Path;

/**
 * The training that made the library's miniature diffusion model.
 *
 * @param steps optimizer steps
 * @param seed of weights, noise and world
 */
public record Pretraining(long steps, long seed) {

    /** What made the model in the library. */
    public static final long STEPS = 4250;

    /** Steps after which the learning rate would be 0. */
    private static final long SCHEDULED = 5000;

    static final long SEED = 7;

    private static final int BATCH = 32;
    private static final double PEAK_RATE = 2e-3;
    private static final long WARM_UP = 200;

    /**
     * Looks much at the noisiest pictures: there alone it is the prompt that says what to paint.
     */
    private static final TimestepDensity DENSITY = new TimestepDensity.LogitNormal(-0.4, 1.3);

    /** Trains into a folder, or goes on there, and returns what came of it. */
    public FlowMatchingResult run(Path output, boolean resume, RunListener listener) {
        try (Sd3Transformer transformer =
                Sd3Transformer.fresh(Miniature.config(), seed, Device.cpu())) {
            return builder(transformer)
                    .output(output)
                    .resume(resume)
                    .listener(listener)
                    .build()
                    .train();
        }
    }

    /** Describes a training of this length and seed, which has no output yet. */
    public FlowMatchingBuilder builder(Sd3Transformer transformer) {
        return FlowMatchingTrainer.builder()
                .transformer(transformer)
                .codec(Miniature.newCodec())
                .encoder(Miniature.encoder())
                .pictures(new WorldPictures(seed, Split.TRAIN))
                .heldOut(new WorldPictures(seed, Split.VAL))
                .source("pictures", "single things of the drawn world of seed " + seed)
                .config(config(rate()))
                .saveEvery(250);
    }

    /** The settings at another learning rate. */
    public FlowMatchingConfig config(LrSchedule rate) {
        return new FlowMatchingConfig(
                OptimizerConfig.custom()
                        .steps(steps)
                        .batchSize(BATCH)
                        .schedule(rate)
                        .adamW(new AdamWConfig(0.9, 0.99, 1e-8))
                        .averageWithWarmUp(0.998)
                        .build(),
                new Noise(Miniature.schedule(), DENSITY, LossWeighting.NONE, 0.05),
                96,
                seed);
    }

    /** Fewer steps are the beginning of the same training. */
    private LrSchedule rate() {
        return LrSchedule.cosine(PEAK_RATE, WARM_UP, Math.max(steps, SCHEDULED));
    }
}

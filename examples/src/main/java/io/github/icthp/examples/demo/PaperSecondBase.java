package io.github.icthp.examples.demo;

import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.sd3.Sd3Transformer;
import io.github.icthp.examples.miniature.Pretraining;
import io.github.icthp.training.LrSchedule;
import io.github.icthp.training.RunListener;

import java.nio.file.Path;

/**
 * A second base model of the same family, as FLUX.1-dev is to FLUX.1-schnell: the first one, all
 * weights trained further on the pictures of another world.
 *
 * @param steps optimizer steps
 * @param seed of noise and world
 */
record PaperSecondBase(long steps, long seed) {

    private static final double RATE = 5e-4;
    private static final long WARM_UP = 20;

    /** Trains it, or goes on where it was interrupted, and returns its folder. */
    Path train(DiffusionPipeline first, Path output, RunListener listener) {
        if (!(first.transformer() instanceof Sd3Transformer transformer)) {
            throw new IllegalStateException(
                    "PaperSecondBase: expected the miniature's SD3 transformer, got "
                            + first.transformer());
        }
        Pretraining further = new Pretraining(steps, seed);
        return further.builder(transformer)
                .config(
                        further.config(
                                LrSchedule.cosine(RATE, Math.min(WARM_UP, steps / 4), steps)))
                .source("first base", first.parts().weightHashes().toString())
                .output(output)
                .evaluateEvery(steps)
                .resume(true)
                .listener(listener)
                .build()
                .train()
                .transformer();
    }
}

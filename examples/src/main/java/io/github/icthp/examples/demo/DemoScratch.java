package io.github.icthp.examples.demo;

import io.github.icthp.examples.miniature.PretrainedFiles;
import io.github.icthp.examples.miniature.Pretraining;
import io.github.icthp.examples.world.MiniatureConfig;
import io.github.icthp.examples.world.MiniatureTraining;
import io.github.icthp.training.RunListener;

import java.nio.file.Path;

/**
 * The models of a demonstration, all trained from random weights. What an interrupted training left
 * goes on where it stopped.
 *
 * @param folder where the runs are kept
 * @param seed of weights, order, noise and world
 * @param rewards how long the reward models are trained
 * @param steps optimizer steps of the diffusion model
 */
record DemoScratch(Path folder, long seed, MiniatureConfig rewards, long steps) {

    /** As long as the models in the library were trained. */
    static DemoScratch asShipped(Path folder, long seed) {
        return new DemoScratch(folder, seed, MiniatureConfig.shipped(), Pretraining.STEPS);
    }

    /** Trains CLIP, ICT and HP and returns their folder. */
    Path rewards(RunListener listener) {
        return new MiniatureTraining(folder.resolve("rewards"), seed, rewards, listener).all();
    }

    /** Trains the diffusion model and returns its folder. */
    Path diffusion(RunListener listener) {
        Path run = folder.resolve("pretraining");
        new Pretraining(steps, seed).run(run, true, listener);
        return PretrainedFiles.write(run);
    }
}

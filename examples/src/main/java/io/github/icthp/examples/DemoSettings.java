package io.github.icthp.examples;

import io.github.icthp.diffusion.Miniature;
import io.github.icthp.diffusion.draft.DraftKConfig;
import io.github.icthp.diffusion.draft.DraftKConfig.Guards;
import io.github.icthp.diffusion.draft.DraftKConfig.Optimisation;
import io.github.icthp.diffusion.draft.DraftKConfig.Sampling;
import io.github.icthp.diffusion.draft.RolloutCheckpointing;
import io.github.icthp.diffusion.draft.Unrolling;
import io.github.icthp.diffusion.lora.LoraConfig;
import io.github.icthp.training.AdamWConfig;
import io.github.icthp.training.LrSchedule;

/**
 * How much a demonstration does.
 *
 * @param iterations optimiser steps of DRaFT-K
 * @param triplets drawn triplets that rewards are compared on
 * @param pictures held-out prompts that the tuned model is judged by
 * @param prompts prompts to train on
 * @param seed of everything random
 */
record DemoSettings(long iterations, int triplets, int pictures, int prompts, long seed) {

    /** K and T of SD3.5-Large-Turbo in the paper. */
    static final int LAST = 3;

    private static final int BATCH = 8;
    private static final int RANK = 8;
    private static final double RATE = 2e-3;
    private static final long WARM_UP = 5;

    /** What leaving the base model costs. */
    private static final double DRIFT = 0.2;

    private static final int EVALUATIONS = 6;

    static DemoSettings full(long seed) {
        return new DemoSettings(100, 300, 256, 128, seed);
    }

    static DemoSettings quick(long seed) {
        return new DemoSettings(30, 60, 64, 64, seed);
    }

    DraftKConfig draft() {
        long every = Math.max(1, iterations / EVALUATIONS);
        return new DraftKConfig(
                new Sampling(
                        Miniature.STEPS,
                        new Unrolling.LastK(LAST),
                        Miniature.SIDE,
                        Miniature.SIDE,
                        0,
                        true),
                new Optimisation(
                        iterations,
                        BATCH,
                        1,
                        LrSchedule.cosine(RATE, Math.min(WARM_UP, iterations - 1), iterations),
                        AdamWConfig.ofDefaults(),
                        0,
                        1,
                        0),
                LoraConfig.rank(RANK),
                RolloutCheckpointing.NONE,
                new Guards(DRIFT, every, Math.max(every, iterations), 1, 0),
                seed);
    }
}

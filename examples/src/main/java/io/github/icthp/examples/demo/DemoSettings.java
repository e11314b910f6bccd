package io.github.icthp.examples.demo;

import io.github.icthp.diffusion.Miniature;
import io.github.icthp.diffusion.draft.DraftKConfig;
import io.github.icthp.diffusion.draft.RolloutCheckpointing;
import io.github.icthp.diffusion.lora.LoraConfig;
import io.github.icthp.training.LrSchedule;

/**
 * How much a demonstration does.
 *
 * @param steps optimizer steps of DRaFT-K
 * @param triplets drawn triplets that rewards are compared on
 * @param pictures held-out prompts that the tuned model is judged by
 * @param prompts prompts to train on
 * @param seed of everything random
 */
record DemoSettings(long steps, int triplets, int pictures, int prompts, long seed) {

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

    DemoSettings withTriplets(int other) {
        return new DemoSettings(steps, other, pictures, prompts, seed);
    }

    /** Steps between evaluations. */
    long evaluateEvery() {
        return Math.max(1, steps / EVALUATIONS);
    }

    DraftKConfig draft() {
        return DraftKConfig.from(DraftKConfig.paper())
                .steps(Miniature.STEPS)
                .lastK(LAST)
                .size(Miniature.SIDE, Miniature.SIDE)
                .optimizer(
                        o ->
                                o.steps(steps)
                                        .batchSize(BATCH)
                                        .accumulation(1)
                                        .schedule(rate())
                                        .weightDecay(0))
                .lora(LoraConfig.rank(RANK))
                .checkpointing(RolloutCheckpointing.NONE)
                .drift(DRIFT)
                .seed(seed)
                .build();
    }

    private LrSchedule rate() {
        return LrSchedule.cosine(RATE, Math.min(WARM_UP, steps - 1), steps);
    }
}

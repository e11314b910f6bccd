package io.github.icthp.diffusion.draft;

import com.google.common.base.Preconditions;

import io.github.icthp.diffusion.lora.LoraConfig;
import io.github.icthp.training.AdamWConfig;
import io.github.icthp.training.LrSchedule;

/**
 * All settings of a DRaFT-K run.
 *
 * @param sampling how pictures are made
 * @param optimisation how adapters are moved
 * @param lora which adapters are trained
 * @param checkpointing what is kept for the way back
 * @param guards what watches the run
 * @param seed from which everything random is drawn
 */
public record DraftKConfig(
        Sampling sampling,
        Optimisation optimisation,
        LoraConfig lora,
        RolloutCheckpointing checkpointing,
        Guards guards,
        long seed) {

    /**
     * How pictures are made.
     *
     * @param steps T, the denoising steps of a rollout
     * @param unrolling which of them are differentiated
     * @param width the pictures' width in pixels
     * @param height their height
     * @param guidance the guidance scale: classifier-free for SD1.5, SD2 and SDXL, where it does
     *     nothing up to 1; distilled for models that take it; 0 for others
     * @param clamp whether rewards see pixels cut off at 0 and 1, as saved pictures are
     */
    public record Sampling(
            int steps, Unrolling unrolling, int width, int height, double guidance, boolean clamp) {

        /**
         * Checks the settings.
         *
         * @param steps T
         * @param unrolling which steps are differentiated
         * @param width the pictures' width
         * @param height their height
         * @param guidance the guidance scale
         * @param clamp whether pixels are cut off
         * @throws IllegalArgumentException if a number is out of its range
         */
        public Sampling {
            Preconditions.checkArgument(
                    steps >= 1, "DraftKConfig: steps must be at least 1, got %s", steps);
            Preconditions.checkArgument(
                    width >= 1 && height >= 1,
                    "DraftKConfig: the size must be positive, got %s x %s",
                    width,
                    height);
            unrolling.check(steps);
        }
    }

    /**
     * How adapters are moved.
     *
     * @param iterations optimiser steps in all
     * @param batch pictures sampled together
     * @param accumulation batches whose gradients make one optimiser step
     * @param rate the learning rate of every step
     * @param adamW how gradients are averaged
     * @param weightDecay the decoupled decay
     * @param maxNorm the gradient norm to clip to; very large for no clipping
     * @param average decay of the adapters' moving average, in [0, 1); 0 for none. With one, the
     *     average is what is evaluated and saved
     */
    public record Optimisation(
            long iterations,
            int batch,
            int accumulation,
            LrSchedule rate,
            AdamWConfig adamW,
            double weightDecay,
            double maxNorm,
            double average) {

        /**
         * Checks the settings.
         *
         * @param iterations optimiser steps in all
         * @param batch pictures sampled together
         * @param accumulation batches of one optimiser step
         * @param rate the learning rate of every step
         * @param adamW how gradients are averaged
         * @param weightDecay the decoupled decay
         * @param maxNorm the gradient norm to clip to
         * @param average decay of the adapters' moving average
         * @throws IllegalArgumentException if a number is out of its range
         */
        public Optimisation {
            Preconditions.checkArgument(
                    iterations >= 1 && batch >= 1 && accumulation >= 1,
                    "DraftKConfig: iterations, batch and accumulation must be at least 1, got %s,"
                            + " %s and %s",
                    iterations,
                    batch,
                    accumulation);
            Preconditions.checkArgument(
                    average >= 0 && average < 1,
                    "DraftKConfig: the decay of the average must be in [0, 1), got %s",
                    average);
            Preconditions.checkArgument(
                    weightDecay >= 0 && Double.isFinite(weightDecay) && maxNorm > 0,
                    "DraftKConfig: the weight decay must be finite and at least 0, and the norm to"
                            + " clip to more than 0, got %s and %s",
                    weightDecay,
                    maxNorm);
        }

        /** Pictures of one optimiser step. */
        int pictures() {
            return batch * accumulation;
        }
    }

    /**
     * What watches a run.
     *
     * @param drift weight of the penalty on leaving the base model: the mean square of the
     *     difference between tuned and base velocities at each differentiated step; 0 for none
     * @param evaluateEvery optimiser steps between evaluations on held-out prompts
     * @param saveEvery optimiser steps between checkpoints
     * @param keep how many checkpoints are kept beside the best
     * @param patience evaluations after which a run stops early if the held-out reward has fallen
     *     all the while though the trained one has risen; 0 for never
     */
    public record Guards(double drift, long evaluateEvery, long saveEvery, int keep, int patience) {

        /**
         * Checks the settings.
         *
         * @param drift weight of the penalty on leaving the base model
         * @param evaluateEvery optimiser steps between evaluations
         * @param saveEvery optimiser steps between checkpoints
         * @param keep how many checkpoints are kept
         * @param patience evaluations after which a run stops early
         * @throws IllegalArgumentException if a number is out of its range
         */
        public Guards {
            Preconditions.checkArgument(
                    drift >= 0 && Double.isFinite(drift),
                    "DraftKConfig: the drift's weight must be finite and at least 0, got %s",
                    drift);
            Preconditions.checkArgument(
                    evaluateEvery >= 1 && saveEvery >= 1 && keep >= 1 && patience >= 0,
                    "DraftKConfig: evaluateEvery, saveEvery and keep must be at least 1 and"
                            + " patience at least 0, got %s, %s, %s and %s",
                    evaluateEvery,
                    saveEvery,
                    keep,
                    patience);
        }
    }

    /** Of the 5 nodes with 8 GPUs each that the paper used for SD3.5-turbo. */
    private static final int SD35_GPUS = 40;

    /** Of the 4 nodes with 8 GPUs each that the paper used for FLUX.1-schnell. */
    private static final int FLUX_GPUS = 32;

    /**
     * Returns the paper's settings for SD3.5-turbo (appendix A.2): 8 steps, the last 3
     * differentiated, 3,000 iterations of AdamW at 5e-6.
     *
     * <p>What the paper leaves open is set here: one picture for each of its 40 GPUs, 1024 x 1024
     * pixels, rank 32, no warm-up, a weight decay of 0.01, clipping at 1.
     *
     * @return the settings
     */
    public static DraftKConfig paper() {
        return paper(8, 3, SD35_GPUS);
    }

    /**
     * Returns the paper's settings for FLUX.1-schnell (appendix A.4): 4 steps, the last one
     * differentiated; the rest as {@link #paper()}, with one picture for each of its 32 GPUs.
     *
     * @return the settings
     */
    public static DraftKConfig paperFluxSchnell() {
        return paper(4, 1, FLUX_GPUS);
    }

    /**
     * Returns settings for SD1.5 and SD1.4 after Clark et al. 2023 (DRaFT, arXiv 2309.17400), who
     * tuned SD1.4: 50 steps of DDIM with a guidance scale of 7.5, the last one differentiated.
     *
     * <p>Other values are set here: 512 x 512 pixels, 2,000 iterations of 4 pictures, AdamW at 4e-4
     * with a weight decay of 0.1, rank 8. The pipeline is to be opened with {@code
     * scheduler("ddim")}.
     *
     * @return the settings
     */
    public static DraftKConfig draftSd14() {
        return new DraftKConfig(
                new Sampling(50, new Unrolling.LastK(1), 512, 512, 7.5, true),
                new Optimisation(
                        2_000,
                        1,
                        4,
                        LrSchedule.constant(4e-4, 0),
                        AdamWConfig.ofDefaults(),
                        0.1,
                        1,
                        0),
                LoraConfig.rank(8),
                RolloutCheckpointing.STEP,
                new Guards(0, 100, 100, 2, 0),
                0);
    }

    private static DraftKConfig paper(int steps, int k, int pictures) {
        return new DraftKConfig(
                new Sampling(steps, new Unrolling.LastK(k), 1024, 1024, 0, true),
                new Optimisation(
                        3_000,
                        1,
                        pictures,
                        LrSchedule.constant(5e-6, 0),
                        AdamWConfig.ofDefaults(),
                        0.01,
                        1,
                        0),
                LoraConfig.rank(32),
                RolloutCheckpointing.BLOCK,
                new Guards(0, 100, 100, 2, 0),
                0);
    }

    /**
     * Returns the same with pictures made otherwise.
     *
     * @param value how pictures are made
     * @return the settings
     */
    public DraftKConfig with(Sampling value) {
        return new DraftKConfig(value, optimisation, lora, checkpointing, guards, seed);
    }

    /**
     * Returns the same with adapters moved otherwise.
     *
     * @param value how adapters are moved
     * @return the settings
     */
    public DraftKConfig with(Optimisation value) {
        return new DraftKConfig(sampling, value, lora, checkpointing, guards, seed);
    }

    /**
     * Returns the same with other adapters.
     *
     * @param value which adapters are trained
     * @return the settings
     */
    public DraftKConfig with(LoraConfig value) {
        return new DraftKConfig(sampling, optimisation, value, checkpointing, guards, seed);
    }

    /**
     * Returns the same with something else kept for the way back.
     *
     * @param value what is kept
     * @return the settings
     */
    public DraftKConfig with(RolloutCheckpointing value) {
        return new DraftKConfig(sampling, optimisation, lora, value, guards, seed);
    }

    /**
     * Returns the same watched otherwise.
     *
     * @param value what watches the run
     * @return the settings
     */
    public DraftKConfig with(Guards value) {
        return new DraftKConfig(sampling, optimisation, lora, checkpointing, value, seed);
    }

    /**
     * Returns the same with another seed.
     *
     * @param value from which everything random is drawn
     * @return the settings
     */
    public DraftKConfig withSeed(long value) {
        return new DraftKConfig(sampling, optimisation, lora, checkpointing, guards, value);
    }
}

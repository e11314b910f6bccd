package io.github.icthp.diffusion.draft;

import com.google.common.base.Preconditions;

import io.github.icthp.diffusion.lora.LoraConfig;
import io.github.icthp.training.OptimizerConfig;

import java.io.Serializable;
import java.util.function.UnaryOperator;

/**
 * All settings of a DRaFT-K run.
 *
 * <pre>{@code
 * DraftKConfig.from(DraftKConfig.paper()).steps(8).lastK(3).optimizer(o -> o.steps(500)).build();
 * }</pre>
 *
 * @param sampling how pictures are made
 * @param optimizer how adapters are moved; a batch is as many pictures as are sampled together
 * @param lora which adapters are trained
 * @param checkpointing what is kept for the way back
 * @param drift weight of the penalty on leaving the base model: the mean square of the difference
 *     between tuned and base velocities at each differentiated step; 0 for none
 * @param seed from which everything random is drawn
 */
public record DraftKConfig(
        Sampling sampling,
        OptimizerConfig optimizer,
        LoraConfig lora,
        RolloutCheckpointing checkpointing,
        double drift,
        long seed) {

    /**
     * Checks the settings.
     *
     * @param sampling how pictures are made
     * @param optimizer how adapters are moved
     * @param lora which adapters are trained
     * @param checkpointing what is kept for the way back
     * @param drift weight of the penalty on leaving the base model
     * @param seed from which everything random is drawn
     * @throws IllegalArgumentException if the drift's weight is out of its range
     */
    public DraftKConfig {
        Preconditions.checkArgument(
                drift >= 0 && Double.isFinite(drift),
                "DraftKConfig: the drift's weight must be finite and at least 0, got %s",
                drift);
    }

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
            int steps, Unrolling unrolling, int width, int height, double guidance, boolean clamp)
            implements Serializable {

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

    /** Of the 5 nodes with 8 GPUs each that the paper used for SD3.5-turbo. */
    private static final int SD35_GPUS = 40;

    /** Of the 4 nodes with 8 GPUs each that the paper used for FLUX.1-schnell. */
    private static final int FLUX_GPUS = 32;

    /**
     * Returns the paper's settings for SD3.5-turbo (appendix A.2): 8 steps, the last 3
     * differentiated, 3,000 optimizer steps of AdamW at 5e-6.
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
     * <p>Other values are set here: 512 x 512 pixels, 2,000 optimizer steps of 4 pictures, AdamW at
     * 4e-4 with a weight decay of 0.1, rank 8. The pipeline is to be opened with {@code
     * scheduler("ddim")}.
     *
     * @return the settings
     */
    public static DraftKConfig draftSd14() {
        return new DraftKConfig(
                new Sampling(50, new Unrolling.LastK(1), 512, 512, 7.5, true),
                OptimizerConfig.custom()
                        .steps(2_000)
                        .learningRate(4e-4)
                        .weightDecay(0.1)
                        .batchSize(1)
                        .accumulation(4)
                        .build(),
                LoraConfig.rank(8),
                RolloutCheckpointing.STEP,
                0,
                0);
    }

    private static DraftKConfig paper(int steps, int k, int pictures) {
        return new DraftKConfig(
                new Sampling(steps, new Unrolling.LastK(k), 1024, 1024, 0, true),
                OptimizerConfig.custom()
                        .steps(3_000)
                        .learningRate(5e-6)
                        .batchSize(1)
                        .accumulation(pictures)
                        .build(),
                LoraConfig.rank(32),
                RolloutCheckpointing.BLOCK,
                0,
                0);
    }

    /**
     * Begins with other settings.
     *
     * @param base what is kept unless it is set
     * @return a builder
     */
    public static Builder from(DraftKConfig base) {
        return new Builder(base);
    }

    /**
     * Returns these settings with some of them changed.
     *
     * @param change sets what differs, such as {@code c -> c.steps(8).lastK(3)}
     * @return the settings
     * @throws IllegalArgumentException if a number is out of its range
     */
    public DraftKConfig with(UnaryOperator<Builder> change) {
        return change.apply(from(this)).build();
    }

    /** Settings that are being made; later calls override earlier ones. */
    public static final class Builder {

        private int steps;
        private Unrolling unrolling;
        private int width;
        private int height;
        private double guidance;
        private boolean clamp;
        private OptimizerConfig optimizer;
        private LoraConfig lora;
        private RolloutCheckpointing checkpointing;
        private double drift;
        private long seed;

        private Builder(DraftKConfig base) {
            Sampling s = base.sampling;
            steps = s.steps;
            unrolling = s.unrolling;
            width = s.width;
            height = s.height;
            guidance = s.guidance;
            clamp = s.clamp;
            optimizer = base.optimizer;
            lora = base.lora;
            checkpointing = base.checkpointing;
            drift = base.drift;
            seed = base.seed;
        }

        /**
         * Sets the denoising steps of a rollout.
         *
         * @param value T, at least K
         * @return this
         */
        public Builder steps(int value) {
            steps = value;
            return this;
        }

        /**
         * Differentiates the last denoising steps.
         *
         * @param k K, from 1 to T
         * @return this
         */
        public Builder lastK(int k) {
            return unrolling(new Unrolling.LastK(k));
        }

        /**
         * Chooses the denoising steps that are differentiated.
         *
         * @param value which steps
         * @return this
         */
        public Builder unrolling(Unrolling value) {
            unrolling = value;
            return this;
        }

        /**
         * Sets the size of the pictures.
         *
         * @param w their width in pixels
         * @param h their height
         * @return this
         */
        public Builder size(int w, int h) {
            width = w;
            height = h;
            return this;
        }

        /**
         * Sets the guidance scale of models that take a distilled one.
         *
         * @param value the scale; 0 for other models
         * @return this
         */
        public Builder guidance(double value) {
            guidance = value;
            return this;
        }

        /**
         * Says whether rewards see pixels cut off at 0 and 1, as saved pictures are.
         *
         * @param value true to cut them off
         * @return this
         */
        public Builder clamp(boolean value) {
            clamp = value;
            return this;
        }

        /**
         * Sets how adapters are moved.
         *
         * @param value learning rate, optimizer steps and the like
         * @return this
         */
        public Builder optimizer(OptimizerConfig value) {
            optimizer = value;
            return this;
        }

        /**
         * Changes how adapters are moved.
         *
         * @param change sets what differs, such as {@code o -> o.steps(100).batchSize(4)}
         * @return this
         */
        public Builder optimizer(UnaryOperator<OptimizerConfig.Builder> change) {
            return optimizer(optimizer.with(change));
        }

        /**
         * Sets which adapters are trained.
         *
         * @param value rank, alpha, targets, dropout and beginning
         * @return this
         */
        public Builder lora(LoraConfig value) {
            lora = value;
            return this;
        }

        /**
         * Sets what is kept for the way back.
         *
         * @param value the policy
         * @return this
         */
        public Builder checkpointing(RolloutCheckpointing value) {
            checkpointing = value;
            return this;
        }

        /**
         * Sets the weight of the penalty on leaving the base model.
         *
         * @param value at least 0, for no penalty
         * @return this
         */
        public Builder drift(double value) {
            drift = value;
            return this;
        }

        /**
         * Sets what everything random is drawn from.
         *
         * @param value the seed
         * @return this
         */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /**
         * Completes the settings.
         *
         * @return the settings
         * @throws IllegalArgumentException if a number is out of its range
         */
        public DraftKConfig build() {
            return new DraftKConfig(
                    new Sampling(steps, unrolling, width, height, guidance, clamp),
                    optimizer,
                    lora,
                    checkpointing,
                    drift,
                    seed);
        }
    }
}

package io.github.icthp.diffusion.draft;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import com.google.common.collect.ImmutableSortedSet;

import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.diffusion.lora.LoraConfig;
import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.DenoiserPass;
import io.github.icthp.diffusion.model.PreparedDenoiser;
import io.github.icthp.diffusion.schedule.FlowMatchConfig;
import io.github.icthp.diffusion.schedule.FlowMatchEulerScheduler;
import io.github.icthp.diffusion.schedule.FlowMatchSchedule;
import io.github.icthp.diffusion.sd3.Sd3Config;
import io.github.icthp.diffusion.sd3.Sd3Transformer;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.NativeMemory;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.LossScaler;
import io.github.icthp.training.OptimizerConfig;
import io.github.icthp.training.Trainable;
import io.github.icthp.training.Updater;
import io.github.icthp.weights.Parameters.Memory;

import java.util.List;
import java.util.function.Function;

/**
 * An SD3 transformer of random weights with an adapter of rank 4, one picture of random latents and
 * prompt, and a reward that is linear in the final latents, or a {@link TowerReward} of them: no
 * autoencoder.
 */
public final class DraftProblem implements AutoCloseable {

    private final Size size;
    private final NDManager owner;
    private final Sd3Transformer transformer;
    private final FlowMatchSchedule schedule;
    private final LoraAdapters lora;
    private final List<Trainable> trainables;
    private final Gradients gradients;
    private final Updater updater;
    private final Conditioning conditioning;
    private final NDArray noise;
    private Function<RolloutCheckpointing, LatentReward> reward;

    /**
     * How large a problem is.
     *
     * @param config the transformer's shape
     * @param side the latents' side
     * @param textTokens L
     * @param steps T, the denoising steps
     */
    public record Size(Sd3Config config, int side, int textTokens, int steps) {

        /**
         * Returns the first joint blocks of SD3.5-large at their real width, for 1024 x 1024
         * pixels.
         *
         * @param blocks how many blocks; the last makes nothing of the text any more
         * @return the size
         */
        public static Size large(int blocks) {
            Sd3Config all = Sd3Config.large();
            Sd3Config some =
                    new Sd3Config(
                            blocks,
                            all.heads(),
                            all.headWidth(),
                            all.channels(),
                            all.patch(),
                            all.tokenWidth(),
                            all.pooledWidth(),
                            all.positionSide(),
                            true,
                            all.dualAttention());
            return new Size(some, 128, 333, 1);
        }

        /**
         * Returns the problem in which speed is compared: 124 million weights, 256 image tokens.
         *
         * @return the size
         */
        public static Size speed() {
            return new Size(config(6, 12, 768, 48), 32, 154, 4);
        }

        /**
         * Returns the problem in which memory is compared: 63 million weights, 1,024 image tokens.
         *
         * @return the size
         */
        public static Size memory() {
            return new Size(config(12, 6, 512, 64), 64, 154, 8);
        }

        private static Sd3Config config(int layers, int heads, int pooled, int positions) {
            return new Sd3Config(
                    layers,
                    heads,
                    64,
                    16,
                    2,
                    1024,
                    pooled,
                    positions,
                    true,
                    ImmutableSortedSet.of());
        }
    }

    /**
     * Makes a problem.
     *
     * @param size how large it is
     * @param device where it is computed
     * @param type what the transformer computes in; the adapter is float32 always
     */
    public DraftProblem(Size size, Device device, DType type) {
        this.size = size;
        this.owner = Torch.manager(device);
        Sd3Config config = size.config();
        this.transformer =
                Sd3Transformer.load(
                        config,
                        new DrawnWeights(Sd3Transformer.shapes(config)),
                        device,
                        type,
                        Memory.OWNED);
        int tokens = size.side() * size.side() / (config.patch() * config.patch());
        this.schedule =
                new FlowMatchEulerScheduler(FlowMatchConfig.sd3())
                        .betweenTrainingEnds(size.steps(), tokens);
        this.lora = LoraAdapters.inject(transformer, LoraConfig.rank(4), 0);
        this.trainables = lora.trainables();
        this.gradients = new Gradients(device);
        OptimizerConfig optimizer =
                OptimizerConfig.custom()
                        .steps(Long.MAX_VALUE)
                        .learningRate(5e-6)
                        .maxGradientNorm(Double.POSITIVE_INFINITY)
                        .build();
        this.updater = new Updater(optimizer, trainables, LossScaler.none(), owner);
        long[] latents = {1, config.channels(), size.side(), size.side()};
        this.conditioning =
                new Conditioning(
                        drawn(1, type, 1, size.textTokens(), config.tokenWidth()),
                        drawn(2, type, 1, config.pooledWidth()));
        this.noise = drawn(3, type, latents);
        LatentReward linear = new LinearReward(drawn(4, DType.FLOAT32, latents));
        this.reward = checkpointing -> linear;
    }

    private NDArray drawn(long seed, DType type, long... shape) {
        int count = (int) new Shape(shape).size();
        try (TensorScope scope = TensorScope.open(owner.getDevice())) {
            NDArray values = Tensors.of(DrawnWeights.values(count, seed, 1), shape);
            return scope.keep(Tensors.cast(values, type), owner);
        }
    }

    /** A reward whose gradient is a direction: mean(latents * direction). */
    private record LinearReward(NDArray direction) implements LatentReward {

        @Override
        public NDArray rewards(NDArray latents, List<String> prompts) {
            NDArray values = Tensors.cast(latents, DType.FLOAT32);
            return values.mul(direction).flatten(1, -1).mean(new int[] {1});
        }

        @Override
        public Gradient gradient(NDArray latents, List<String> prompts, double upstream) {
            try (TensorScope scope = TensorScope.open()) {
                double factor = upstream / (latents.size() / (double) prompts.size());
                NDArray gradient = direction.mul((float) factor);
                return new Gradient(
                        scope.keep(rewards(latents, prompts)),
                        scope.keep(Tensors.cast(gradient, Tensors.dtype(latents))));
            }
        }
    }

    /**
     * Takes a reward of pixels in place of the linear one, which goes back in stages where blocks
     * do.
     *
     * @param tower the reward, which the caller closes
     * @return this
     */
    public DraftProblem rewardedBy(TowerReward tower) {
        TowerReward.Colors colors = new TowerReward.Colors(size.config().channels());
        reward =
                checkpointing ->
                        new PixelReward(
                                colors,
                                tower.reward(),
                                true,
                                checkpointing == RolloutCheckpointing.BLOCK);
        return this;
    }

    /**
     * Lays out the weights for sampling, which takes their memory once more.
     *
     * @return this
     */
    public DraftProblem pack() {
        transformer.pack();
        return this;
    }

    /**
     * Treats freed memory as a run does.
     *
     * @param checkpointing the run's policy
     */
    public static void freeAsInARun(RolloutCheckpointing checkpointing) {
        checkpointing.limitFreedMemory();
    }

    /** Predicts one velocity, with everything that is prepared for it. */
    public void denoise() {
        TensorScope scope = TensorScope.open(owner.getDevice());
        try (scope;
                PreparedDenoiser field = field(schedule.timesteps()[0])) {
            NDArray velocity = Autograd.in(Mode.INFERENCE, () -> field.predict(0, noise));
            wait(velocity);
        }
    }

    /** Takes all denoising steps, with the adapter and without gradients. */
    public void sample() {
        TensorScope scope = TensorScope.open(owner.getDevice());
        try (scope;
                PreparedDenoiser field = field(schedule.timesteps())) {
            wait(
                    Autograd.in(
                            Mode.INFERENCE,
                            () -> {
                                NDArray latents = noise;
                                for (int step = 0; step < schedule.steps(); step++) {
                                    NDArray velocity = field.predict(step, latents);
                                    latents = schedule.step(step, latents, velocity);
                                    velocity.close();
                                }
                                return latents;
                            }));
        }
    }

    /** Computes one velocity and goes back through it, to the adapter and the latents. */
    public void forwardAndBack() {
        gradients.clear();
        TensorScope scope = TensorScope.open(owner.getDevice());
        try (scope;
                PreparedDenoiser field = field(schedule.timesteps()[0])) {
            try (DenoiserPass pass = field.wholePass(0, noise, true)) {
                pass.backward(noise, gradients::add);
            }
            NativeMemory.trimGrown();
        }
    }

    private PreparedDenoiser field(float... timesteps) {
        return Autograd.in(Mode.NO_GRADIENT, () -> transformer.prepare(conditioning, timesteps));
    }

    private static void wait(NDArray result) {
        if (result.getDevice().isGpu()) {
            Tensors.toFloats(result);
        }
    }

    /**
     * Samples and computes the gradients of the last steps.
     *
     * @param checkpointing what is kept for the way back
     * @param k how many steps are differentiated
     */
    public void gradients(RolloutCheckpointing checkpointing, int k) {
        gradients.clear();
        UnrolledGradient unrolled =
                new UnrolledGradient(
                        transformer,
                        schedule,
                        reward.apply(checkpointing),
                        trainables,
                        checkpointing,
                        new VelocityPenalty(0));
        TensorScope.run(
                owner.getDevice(),
                () ->
                        unrolled.run(
                                new UnrolledGradient.Batch(
                                        conditioning, noise, List.of("a prompt"), 0, i -> noise),
                                new Unrolling.LastK(k),
                                1,
                                gradients));
    }

    /**
     * Makes a whole optimizer step: samples, differentiates, moves the adapter.
     *
     * @param checkpointing what is kept for the way back
     * @param k how many steps are differentiated
     * @return the gradient's norm
     */
    public double step(RolloutCheckpointing checkpointing, int k) {
        gradients(checkpointing, k);
        return updater.apply(gradients, () -> "the benchmark").gradientNorm();
    }

    /**
     * Returns how large this is.
     *
     * @return the size
     */
    public Size size() {
        return size;
    }

    @Override
    public void close() {
        gradients.close();
        lora.close();
        transformer.close();
        owner.close();
    }
}

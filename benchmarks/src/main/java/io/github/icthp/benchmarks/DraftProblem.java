package io.github.icthp.benchmarks;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import com.google.common.collect.ImmutableSortedSet;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.PixelRewards;
import io.github.icthp.diffusion.draft.DraftKConfig;
import io.github.icthp.diffusion.draft.DraftModel;
import io.github.icthp.diffusion.draft.RolloutCheckpointing;
import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.diffusion.lora.LoraConfig;
import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.model.DenoiserPass;
import io.github.icthp.diffusion.model.PreparedDenoiser;
import io.github.icthp.diffusion.schedule.DenoisingSchedule;
import io.github.icthp.diffusion.schedule.FlowMatchConfig;
import io.github.icthp.diffusion.schedule.FlowMatchEulerScheduler;
import io.github.icthp.diffusion.schedule.FlowMatchSchedule;
import io.github.icthp.diffusion.sd3.Sd3Config;
import io.github.icthp.diffusion.sd3.Sd3Transformer;
import io.github.icthp.diffusion.vae.LatentCodec;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.NativeMemory;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.training.Gradients;
import io.github.icthp.weights.Parameters.Memory;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * An SD3 transformer of random weights with an adapter of rank 4, one picture of random latents and
 * prompt, and in place of an autoencoder three channels of the latents, seen as the picture; the
 * reward is the picture's mean, or a {@link TowerReward} of it.
 */
final class DraftProblem implements DraftModel, AutoCloseable {

    private static final LoraConfig ADAPTER = LoraConfig.rank(4);

    private final Size size;
    private final DType type;
    private final NDManager owner;
    private final Sd3Transformer transformer;
    private final FlowMatchSchedule schedule;
    private final Conditioning conditioning;
    private final NDArray noise;
    private final LatentCodec codec;
    private @Nullable LoraAdapters adapter;
    private DifferentiableReward reward = (pixels, prompts) -> PixelRewards.mean(pixels);

    /**
     * How large a problem is.
     *
     * @param config the transformer's shape
     * @param side the latents' side
     * @param textTokens L
     * @param steps T, the denoising steps
     */
    record Size(Sd3Config config, int side, int textTokens, int steps) {

        /**
         * The first joint blocks of SD3.5-large at their real width, for 1024 x 1024 pixels; the
         * last makes nothing of the text any more.
         */
        static Size large(int blocks) {
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

        /** The problem in which speed is compared: 124 million weights, 256 image tokens. */
        static Size speed() {
            return new Size(config(6, 12, 768, 48), 32, 154, 4);
        }

        /** The problem in which memory is compared: 63 million weights, 1,024 image tokens. */
        static Size memory() {
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
    DraftProblem(Size size, Device device, DType type) {
        this.size = size;
        this.type = type;
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
        this.conditioning =
                new Conditioning(
                        drawn(1, 1, size.textTokens(), config.tokenWidth()),
                        drawn(2, 1, config.pooledWidth()));
        this.noise = drawn(3, 1, config.channels(), size.side(), size.side());
        this.codec = new TowerReward.Colors(config.channels());
    }

    private NDArray drawn(long seed, long... shape) {
        int count = (int) new Shape(shape).size();
        try (TensorScope scope = TensorScope.open(owner.getDevice())) {
            NDArray values = Tensors.of(DrawnWeights.values(count, seed, 1), shape);
            return scope.keep(Tensors.cast(values, type), owner);
        }
    }

    /**
     * Takes a reward of pixels in place of their mean, which goes back in stages where blocks do.
     *
     * @param tower the reward, which the caller closes
     * @return this
     */
    DraftProblem rewardedBy(TowerReward tower) {
        reward = tower.reward();
        return this;
    }

    /** Lays out the weights for sampling, which takes their memory once more. */
    void pack() {
        transformer.pack();
    }

    /** Predicts one velocity, with everything that is prepared for it. */
    void denoise() {
        inject();
        TensorScope scope = TensorScope.open(owner.getDevice());
        try (scope;
                PreparedDenoiser field = field(schedule.timesteps()[0])) {
            wait(Autograd.in(Mode.INFERENCE, () -> field.predict(0, noise)));
        }
    }

    /** Takes all denoising steps, with the adapter and without gradients. */
    void sample() {
        inject();
        TensorScope scope = TensorScope.open(owner.getDevice());
        try (scope;
                PreparedDenoiser field = field(schedule.timesteps())) {
            wait(Autograd.in(Mode.INFERENCE, () -> sampled(field)));
        }
    }

    private NDArray sampled(PreparedDenoiser field) {
        NDArray latents = noise;
        for (int step = 0; step < schedule.steps(); step++) {
            NDArray velocity = field.predict(step, latents);
            latents = schedule.step(step, latents, velocity);
            velocity.close();
        }
        return latents;
    }

    /** Computes one velocity and goes back through it, to the adapter and the latents. */
    void forwardAndBack() {
        inject();
        TensorScope scope = TensorScope.open(owner.getDevice());
        try (scope;
                Gradients gradients = new Gradients(owner.getDevice());
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

    private void inject() {
        if (adapter == null) {
            adapter = LoraAdapters.inject(transformer, ADAPTER, 0);
        }
    }

    private void eject() {
        if (adapter != null) {
            adapter.close();
            adapter = null;
        }
    }

    /**
     * Makes whole optimizer steps, in a run of DRaFT-K in a folder of its own: samples,
     * differentiates, moves the adapter.
     *
     * @param checkpointing what is kept for the way back
     * @param k how many denoising steps are differentiated
     * @param steps how many optimizer steps
     * @param freed what becomes of freed memory
     * @return seconds of each step
     */
    double[] steps(RolloutCheckpointing checkpointing, int k, int steps, FreedMemory freed) {
        eject();
        DraftKConfig config =
                DraftKConfig.paper()
                        .with(
                                c ->
                                        c.steps(size.steps())
                                                .lastK(k)
                                                .size(size.side(), size.side())
                                                .lora(ADAPTER)
                                                .checkpointing(checkpointing)
                                                .optimizer(o -> DraftSteps.moving(o, steps)));
        return DraftSteps.seconds(this, reward, config, freed);
    }

    @Override
    public Denoiser transformer() {
        return transformer;
    }

    @Override
    public LatentCodec codec() {
        return codec;
    }

    @Override
    public DType type() {
        return type;
    }

    @Override
    public DenoisingSchedule schedule(int steps, int width, int height) {
        return schedule;
    }

    @Override
    public Conditioning encode(List<String> prompts, double guidance) {
        return conditioning;
    }

    @Override
    public NDArray noise(long[] seeds, int width, int height) {
        return Autograd.detach(noise);
    }

    @Override
    public void close() {
        eject();
        transformer.close();
        owner.close();
    }
}

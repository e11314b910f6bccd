package io.github.icthp.benchmarks;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.PixelRewards;
import io.github.icthp.diffusion.draft.DraftKConfig;
import io.github.icthp.diffusion.draft.DraftModel;
import io.github.icthp.diffusion.draft.RolloutCheckpointing;
import io.github.icthp.diffusion.lora.LoraConfig;
import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.model.PreparedDenoiser;
import io.github.icthp.diffusion.schedule.DenoisingSchedule;
import io.github.icthp.diffusion.schedule.NoiseConfig;
import io.github.icthp.diffusion.schedule.NoiseScheduler;
import io.github.icthp.diffusion.unet.UNet;
import io.github.icthp.diffusion.unet.UNetConfig;
import io.github.icthp.diffusion.vae.LatentCodec;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Stable Diffusion 1.5's UNet at 512 x 512 pixels, 77 tokens of text; a DRaFT-K step takes its last
 * DDIM steps alone, with an adapter of rank 4 on the attention projections, and is rewarded by the
 * mean of three channels of the final latents.
 */
final class UNetProblem implements DraftModel, AutoCloseable {

    private static final int SIDE = 64;
    private static final int TOKENS = 77;

    private final UNetConfig config = UNetConfig.sd15();
    private final DType type;
    private final NDManager owner;
    private final UNet unet;
    private final LatentCodec codec = new TowerReward.Colors(config.channels());

    /**
     * Loads the UNet.
     *
     * @param file its weights under diffusers' names
     * @param type what it computes in
     */
    UNetProblem(Path file, DType type) {
        this.type = type;
        this.owner = Torch.manager(Device.cpu());
        try (Weights weights = Weights.open(file)) {
            this.unet = UNet.load(config, weights, owner.getDevice(), type, Memory.MAPPED);
        }
    }

    /** Returns one prediction for a batch, as sampling makes it. */
    Runnable forward(int batch) {
        unet.prepareToSample();
        Conditioning conditioning = conditioning(batch);
        NDArray noise = drawn(3, batch, config.channels(), SIDE, SIDE);
        float timestep = schedule(1, SIDE, SIDE).timesteps()[0];
        return () ->
                TensorScope.run(
                        owner.getDevice(),
                        () -> {
                            try (PreparedDenoiser prepared =
                                    Autograd.in(
                                            Mode.NO_GRADIENT,
                                            () -> unet.prepare(conditioning, timestep))) {
                                Autograd.in(Mode.INFERENCE, () -> prepared.predict(0, noise));
                            }
                        });
    }

    /** Runs steps of DRaFT-K; returns the seconds of each. */
    double[] steps(RolloutCheckpointing checkpointing, int k, int steps) {
        DraftKConfig draft =
                DraftKConfig.paper()
                        .with(
                                c ->
                                        c.steps(k)
                                                .lastK(k)
                                                .size(SIDE, SIDE)
                                                .lora(LoraConfig.rank(4))
                                                .checkpointing(checkpointing)
                                                .optimizer(o -> DraftSteps.moving(o, steps)));
        return DraftSteps.seconds(
                this, (pixels, prompts) -> PixelRewards.mean(pixels), draft, FreedMemory.RUN);
    }

    private Conditioning conditioning(int batch) {
        return new Conditioning(drawn(1, batch, TOKENS, config.contextWidth()), drawn(2, batch, 1));
    }

    private NDArray drawn(long seed, long... shape) {
        int count = (int) new Shape(shape).size();
        try (TensorScope scope = TensorScope.open(owner.getDevice())) {
            NDArray values = Tensors.of(DrawnWeights.values(count, seed, 1), shape);
            return scope.keep(Tensors.cast(values, type), owner);
        }
    }

    @Override
    public Denoiser transformer() {
        return unet;
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
        return new NoiseScheduler(
                        NoiseConfig.sd15(),
                        NoiseScheduler.Method.DDIM,
                        NoiseScheduler.Spacing.LEADING,
                        1,
                        false,
                        false,
                        0)
                .schedule(steps);
    }

    @Override
    public Conditioning encode(List<String> prompts, double guidance) {
        return conditioning(prompts.size());
    }

    @Override
    public NDArray noise(long[] seeds, int width, int height) {
        return Autograd.detach(drawn(Arrays.hashCode(seeds), 1, config.channels(), SIDE, SIDE));
    }

    @Override
    public void close() {
        unet.close();
        owner.close();
    }
}

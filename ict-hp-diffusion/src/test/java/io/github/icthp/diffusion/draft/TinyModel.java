package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.schedule.FlowMatchConfig;
import io.github.icthp.diffusion.schedule.FlowMatchEulerScheduler;
import io.github.icthp.diffusion.schedule.FlowMatchSchedule;
import io.github.icthp.diffusion.sd3.Sd3Config;
import io.github.icthp.diffusion.sd3.Sd3Transformer;
import io.github.icthp.diffusion.vae.AutoencoderKl;
import io.github.icthp.diffusion.vae.LatentCodec;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** The tiny SD3 of the golden cases, with random numbers in place of encoded prompts. */
final class TinyModel implements DraftModel, AutoCloseable {

    private static final int TOKENS = 5;

    private final DType type;
    private final Sd3Config config;
    private final Sd3Transformer transformer;
    private final AutoencoderKl codec;

    TinyModel(DType type) {
        this.type = type;
        Path folder = Golden.sample("diffusion/draftk/sd3/pipeline");
        Path network = folder.resolve("transformer");
        this.config = Sd3Config.read(network.resolve("config.json"));
        try (Weights weights = Weights.open(network)) {
            this.transformer =
                    Sd3Transformer.load(config, weights, Devices.tested(), type, Memory.MAPPED);
        }
        this.codec = AutoencoderKl.load(folder.resolve("vae"), Devices.tested(), DType.FLOAT32);
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
    public FlowMatchSchedule schedule(int steps, int width, int height) {
        return new FlowMatchEulerScheduler(FlowMatchConfig.sd3())
                .betweenTrainingEnds(steps, width * height / 256);
    }

    @Override
    public Conditioning encode(List<String> prompts, double guidance) {
        int width = config.tokenWidth();
        float[] tokens = new float[prompts.size() * TOKENS * width];
        float[] pooled = new float[prompts.size() * config.pooledWidth()];
        for (int i = 0; i < prompts.size(); i++) {
            Random random = new Random(prompts.get(i).hashCode());
            fill(tokens, i * TOKENS * width, TOKENS * width, random);
            fill(pooled, i * config.pooledWidth(), config.pooledWidth(), random);
        }
        return new Conditioning(
                Tensors.cast(Tensors.of(tokens, prompts.size(), TOKENS, width), type),
                Tensors.cast(Tensors.of(pooled, prompts.size(), config.pooledWidth()), type));
    }

    @Override
    public NDArray noise(long[] seeds, int width, int height) {
        int h = height / codec.factor();
        int w = width / codec.factor();
        int size = config.channels() * h * w;
        float[] values = new float[seeds.length * size];
        for (int i = 0; i < seeds.length; i++) {
            fill(values, i * size, size, new Random(seeds[i]));
        }
        return Tensors.cast(Tensors.of(values, seeds.length, config.channels(), h, w), type);
    }

    private static void fill(float[] values, int from, int count, Random random) {
        for (int i = from; i < from + count; i++) {
            values[i] = (float) random.nextGaussian();
        }
    }

    @Override
    public void close() {
        codec.close();
        transformer.close();
    }
}

package io.github.icthp.examples.pretraining;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;

import com.google.common.collect.ImmutableSortedSet;

import io.github.icthp.diffusion.schedule.FlowMatchConfig;
import io.github.icthp.diffusion.sd3.Sd3Config;
import io.github.icthp.diffusion.sd3.Sd3Transformer;
import io.github.icthp.diffusion.vae.PixelCodec;
import io.github.icthp.examples.pretraining.FlowBatch.NoiseLevel;
import io.github.icthp.examples.pretraining.FlowMatchingConfig.Noise;
import io.github.icthp.testing.Devices;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.LrSchedule;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.MetricsFile;
import io.github.icthp.training.OptimizerConfig;
import io.github.icthp.training.RunListener;
import io.github.icthp.training.RunProgress;
import io.github.icthp.training.Trainable;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

class FlowMatchingTrainerTest {

    /** A width at which linear layers take the fast way of large models. */
    private static final Sd3Config CONFIG =
            new Sd3Config(
                    2,
                    2,
                    32,
                    12,
                    2,
                    DrawnPictures.TOKEN_WIDTH,
                    DrawnPictures.POOLED_WIDTH,
                    8,
                    true,
                    ImmutableSortedSet.of());

    private static final DrawnPictures PICTURES = new DrawnPictures(16);
    private static final PixelCodec CODEC = new PixelCodec(2, 1.5);

    @TempDir Path temp;

    @Test
    void learns() {
        try (Sd3Transformer transformer = fresh()) {
            FlowMatchingResult result =
                    run("learn", transformer, 60)
                            .heldOut(n -> PICTURES.get(1_000 + n))
                            .build()
                            .train();
            List<Metrics> evaluations =
                    metrics("learn").stream()
                            .filter(m -> m.phase().equals(Metrics.EVALUATE))
                            .toList();
            double before = evaluations.get(0).values().get("loss");
            assertThat(result.heldOutLoss()).isLessThan(0.85 * before);
            assertThat(result.steps()).isEqualTo(60);
        }
    }

    @Test
    void writesWhatLoads() throws IOException {
        try (Sd3Transformer transformer = fresh()) {
            FlowMatchingResult result = run("files", transformer, 3).build().train();
            Path file = result.transformer().resolve("config.json");
            assertThat(Sd3Config.read(file)).isEqualTo(CONFIG);
            assertThat(Files.readString(file)).contains("\"sample_size\": 8");
            try (Weights weights = Weights.open(result.transformer());
                    Sd3Transformer loaded =
                            Sd3Transformer.load(
                                    CONFIG,
                                    weights,
                                    Devices.tested(),
                                    DType.FLOAT32,
                                    Memory.MAPPED)) {
                assertThat(loss(loaded, batch(0.5f))).isEqualTo(loss(transformer, batch(0.5f)));
            }
        }
    }

    @Test
    void resumesToTheBit() throws IOException {
        byte[] whole;
        try (Sd3Transformer transformer = fresh()) {
            whole = bytes(run("whole", transformer, 7).build().train());
        }
        try (Sd3Transformer transformer = fresh()) {
            FlowMatchingBuilder killed =
                    run("killed", transformer, 7).listener(failAfter(5)).resume(true);
            assertThatThrownBy(() -> killed.build().train()).hasMessage("killed");
        }
        try (Sd3Transformer transformer = fresh()) {
            FlowMatchingBuilder resumed = run("killed", transformer, 7).resume(true);
            assertThat(bytes(resumed.build().train())).isEqualTo(whole);
        }
        assertThat(losses("killed")).isEqualTo(losses("whole"));
    }

    @Test
    void lossIsThatOfTheFormula() {
        FlowBatch batch = batch(0.25f, 0.75f);
        TensorScope scope = TensorScope.open(Devices.tested());
        try (scope;
                Sd3Transformer transformer = fresh()) {
            // A fresh transformer's velocity is 0, so the loss is that of noise - latents alone.
            NDArray latents = CODEC.encode(batch.pixels());
            float[] x = latents.toFloatArray();
            float[] noise = noise(batch.noiseSeed(), x.length);
            double expected = 0;
            for (int i = 0; i < x.length; i++) {
                double weight = i < x.length / 2 ? 1 : 2;
                expected += weight * Math.pow(noise[i] - x[i], 2) / x.length;
            }
            assertThat((double) loss(transformer, batch)).isCloseTo(expected, within(1e-5));
        }
    }

    @Test
    void gradientsAreThoseOfDifferences() {
        try (Sd3Transformer transformer = fresh()) {
            run("prepared", transformer, 5).build().train();
            FlowBatch batch = batch(0.3f, 0.6f, 0.9f);
            Map<String, NDArray> weights = transformer.trainable();
            for (String name :
                    List.of(
                            "transformer_blocks.0.attn.to_q.weight",
                            "transformer_blocks.0.ff_context.net.0.proj.weight",
                            "transformer_blocks.1.norm1.linear.bias",
                            "transformer_blocks.1.ff.net.2.weight",
                            "time_text_embed.timestep_embedder.linear_1.weight",
                            "context_embedder.weight",
                            "pos_embed.proj.weight",
                            "proj_out.weight")) {
                assertDirection(transformer, batch, name, weights.get(name));
            }
        }
    }

    /** Along the gradient itself, where differences stand out most from rounding. */
    private static void assertDirection(
            Sd3Transformer transformer, FlowBatch batch, String name, NDArray weight) {
        TensorScope.run(
                Devices.tested(),
                () -> {
                    track(transformer, true);
                    NDArray value =
                            Autograd.in(
                                    Mode.GRADIENT,
                                    () -> FlowMatchingTrainerTest.of(transformer, batch));
                    NDArray gradient =
                            Autograd.gradients(value, null, List.of(weight)).get(0).orElseThrow();
                    track(transformer, false);
                    double norm = gradient.norm().getFloat();
                    NDArray direction = gradient.div((float) norm);
                    NDArray kept = Tensors.copy(weight);
                    double step = 1e-2;
                    Tensors.overwrite(weight, kept.add(direction.mul((float) step)));
                    double above = loss(transformer, batch);
                    Tensors.overwrite(weight, kept.sub(direction.mul((float) step)));
                    double below = loss(transformer, batch);
                    Tensors.overwrite(weight, kept);
                    assertThat((above - below) / (2 * step))
                            .as(name)
                            .isCloseTo(norm, within(0.02 * norm + 3e-5));
                });
    }

    private static void track(Sd3Transformer transformer, boolean on) {
        transformer.trainable().values().forEach(w -> w.setRequiresGradient(on));
    }

    @Test
    void everyWeightHasAGradient() {
        try (Sd3Transformer transformer = fresh();
                Gradients gradients = new Gradients(Devices.tested())) {
            run("moved", transformer, 2).build().train();
            List<Trainable> trainables = new ArrayList<>();
            transformer.trainable().forEach((n, t) -> trainables.add(Trainable.of(n, t)));
            track(transformer, true);
            FlowBatches batches = new FlowBatches(PICTURES, config(2));
            new FlowStep(new FlowLoss(transformer, CODEC, PICTURES), batches, trainables)
                    .gradients(0, gradients);
            assertThat(gradients.tensors().keySet())
                    .isEqualTo(transformer.trainable().keySet())
                    .doesNotContain("pos_embed.pos_embed");
            track(transformer, false);
        }
    }

    @Test
    void dropsPrompts() {
        Noise noise = config(1).noise();
        FlowMatchingConfig always =
                config(1)
                        .withNoise(
                                new Noise(
                                        noise.schedule(), noise.density(), LossWeighting.NONE, 1));
        assertThat(new FlowBatches(PICTURES, always).training(0).prompts()).containsOnly("");
        assertThat(new FlowBatches(PICTURES, config(1)).training(3).images()).hasSize(8);
    }

    @Test
    void namesEverythingThatIsMissing() {
        assertThatThrownBy(() -> FlowMatchingTrainer.builder().build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("[transformer, codec, encoder, pictures, output]");
    }

    private FlowMatchingBuilder run(String name, Sd3Transformer transformer, long steps) {
        return FlowMatchingTrainer.builder()
                .transformer(transformer)
                .codec(CODEC)
                .encoder(PICTURES)
                .pictures(PICTURES)
                .config(config(steps))
                .evaluateEvery(10)
                .saveEvery(3)
                .keep(1)
                .output(temp.resolve(name));
    }

    private static FlowMatchingConfig config(long steps) {
        return new FlowMatchingConfig(
                OptimizerConfig.custom()
                        .steps(steps)
                        .batchSize(8)
                        .schedule(LrSchedule.constant(3e-3, 5))
                        .averageWithWarmUp(0.9)
                        .build(),
                new Noise(
                        FlowMatchConfig.sd3(),
                        new TimestepDensity.LogitNormal(0, 1),
                        LossWeighting.NONE,
                        0.1),
                16,
                5);
    }

    private static Sd3Transformer fresh() {
        return Sd3Transformer.fresh(CONFIG, 1, Devices.tested());
    }

    private static FlowBatch batch(float... sigmas) {
        List<NoiseLevel> levels = new ArrayList<>();
        List<String> prompts = new ArrayList<>();
        List<BufferedImage> images = new ArrayList<>();
        for (int i = 0; i < sigmas.length; i++) {
            levels.add(new NoiseLevel(sigmas[i], 1000 * sigmas[i], 1 + i));
            prompts.add(PICTURES.get(i).prompt());
            images.add(PICTURES.get(i).image());
        }
        return new FlowBatch(prompts, images, levels, 11);
    }

    private static float[] noise(long seed, int count) {
        return TensorScope.call(
                Devices.tested(),
                () -> {
                    return FlowLoss.noise(seed, count).toFloatArray();
                });
    }

    private static NDArray of(Sd3Transformer transformer, FlowBatch batch) {
        return new FlowLoss(transformer, CODEC, PICTURES).of(batch);
    }

    private static float loss(Sd3Transformer transformer, FlowBatch batch) {
        return TensorScope.call(
                Devices.tested(),
                () -> {
                    return Autograd.in(Mode.NO_GRADIENT, () -> of(transformer, batch)).getFloat();
                });
    }

    private List<Metrics> metrics(String name) {
        return MetricsFile.read(temp.resolve(name).resolve("metrics.jsonl"));
    }

    private List<String> losses(String name) {
        return metrics(name).stream().map(m -> m.step() + " " + m.values().get("loss")).toList();
    }

    private static byte[] bytes(FlowMatchingResult result) throws IOException {
        return Files.readAllBytes(
                result.transformer().resolve("diffusion_pytorch_model.safetensors"));
    }

    private static RunListener failAfter(long step) {
        return new RunListener() {
            @Override
            public void stepped(Metrics metrics, RunProgress progress) {
                if (metrics.step() == step) {
                    throw new IllegalStateException("killed");
                }
            }
        };
    }
}

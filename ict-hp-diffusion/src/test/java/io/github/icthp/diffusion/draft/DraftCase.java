package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.diffusion.flux.FluxConfig;
import io.github.icthp.diffusion.flux.FluxLatents;
import io.github.icthp.diffusion.flux.FluxTransformer;
import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.schedule.FlowMatchConfig;
import io.github.icthp.diffusion.schedule.FlowMatchEulerScheduler;
import io.github.icthp.diffusion.schedule.FlowMatchSchedule;
import io.github.icthp.diffusion.sd3.Sd3Config;
import io.github.icthp.diffusion.sd3.Sd3Transformer;
import io.github.icthp.diffusion.vae.AutoencoderKl;
import io.github.icthp.reward.GoldenReward;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.training.Trainable;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;
import java.util.List;
import java.util.function.IntFunction;

/** A golden training problem: tiny pipeline, adapter and reward, within a scope of its own. */
final class DraftCase implements AutoCloseable {

    final Path folder;
    final JsonObject json;
    final JsonObject adapter;
    final Expected inputs;
    final Denoiser transformer;
    final LoraAdapters lora;
    final List<Trainable> trainables;
    final FlowMatchSchedule schedule;
    private final TensorScope scope = TensorScope.open(Devices.tested());
    private final boolean flux;
    private final AutoencoderKl vae;
    private final GoldenReward rewards;
    private final DifferentiableReward reward;

    /** Opens the case of one adapter, for example {@code sd3/zero_b}. */
    DraftCase(Path folder) {
        Path family = folder.getParent();
        this.folder = folder;
        this.json = Golden.json(family.resolve("case.json"));
        this.adapter =
                json.getAsJsonObject("adapters").getAsJsonObject(folder.getFileName().toString());
        this.flux = json.get("family").getAsString().equals("flux");
        this.inputs = Expected.open(family.resolve("inputs.safetensors"));
        this.transformer = transformer(family.resolve("pipeline/transformer"));
        this.vae =
                AutoencoderKl.load(family.resolve("pipeline/vae"), Devices.tested(), DType.FLOAT32);
        this.schedule = schedule(family.resolve("pipeline/scheduler/scheduler_config.json"));
        this.rewards = new GoldenReward(family.resolveSibling("reward"));
        NDArray text = inputs.get("reward_text_features");
        this.reward = rewards.reward(prompts -> text);
        this.lora =
                LoraAdapters.load(
                        folder.resolve("lora/pytorch_lora_weights.safetensors"), transformer);
        this.trainables = lora.trainables();
    }

    private Denoiser transformer(Path path) {
        Path config = path.resolve("config.json");
        try (Weights weights = Weights.open(path)) {
            return flux
                    ? FluxTransformer.load(
                            FluxConfig.read(config),
                            weights,
                            Devices.tested(),
                            DType.FLOAT32,
                            Memory.MAPPED)
                    : Sd3Transformer.load(
                            Sd3Config.read(config),
                            weights,
                            Devices.tested(),
                            DType.FLOAT32,
                            Memory.MAPPED);
        }
    }

    private FlowMatchSchedule schedule(Path config) {
        FlowMatchEulerScheduler scheduler =
                new FlowMatchEulerScheduler(FlowMatchConfig.read(config));
        int steps = json.get("steps").getAsInt();
        long side = inputs.get("latents").getShape().get(2);
        int tokens = (int) (side * side / 4);
        return flux
                ? scheduler.fromOne(steps, tokens)
                : scheduler.betweenTrainingEnds(steps, tokens);
    }

    GoldenReward rewards() {
        return rewards;
    }

    List<String> prompts() {
        return json.getAsJsonArray("prompts").asList().stream()
                .map(JsonElement::getAsString)
                .toList();
    }

    /** The loss is minus the mean reward. */
    double weight() {
        return 1.0 / prompts().size();
    }

    UnrolledGradient unrolled(boolean clamp, RolloutCheckpointing checkpointing, double drift) {
        LatentReward pixels =
                new PixelReward(vae, reward, clamp, checkpointing == RolloutCheckpointing.BLOCK);
        return new UnrolledGradient(
                        transformer,
                        schedule,
                        pixels,
                        trainables,
                        checkpointing,
                        new VelocityPenalty(drift))
                .toEntry();
    }

    UnrolledGradient.Batch batch(IntFunction<NDArray> freshNoise) {
        return new UnrolledGradient.Batch(
                new Conditioning(inputs.get("prompt_embeds"), inputs.get("pooled_prompt_embeds")),
                inputs.get("latents"),
                prompts(),
                0,
                freshNoise);
    }

    /** Latents as the golden files hold them. */
    NDArray toGolden(NDArray latents) {
        return flux ? FluxLatents.pack(latents) : latents;
    }

    /** Latents from what a golden file holds. */
    NDArray fromGolden(NDArray latents) {
        return flux
                ? FluxLatents.unpack(latents, (int) inputs.get("latents").getShape().get(2))
                : latents;
    }

    @Override
    public void close() {
        lora.close();
        rewards.close();
        vae.close();
        transformer.close();
        inputs.close();
        scope.close();
    }
}

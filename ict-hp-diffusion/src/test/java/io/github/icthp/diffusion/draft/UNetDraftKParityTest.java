package io.github.icthp.diffusion.draft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.PictureSizes;
import io.github.icthp.diffusion.schedule.DenoisingSchedule;
import io.github.icthp.diffusion.schedule.NoiseScheduler;
import io.github.icthp.diffusion.unet.UNet;
import io.github.icthp.diffusion.unet.UNetCase;
import io.github.icthp.diffusion.vae.AutoencoderKl;
import io.github.icthp.reward.GoldenReward;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.Gradients;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * DRaFT-K on UNets through guided DDIM and Euler against PyTorch's whole graph: golden area
 * unet/draftk. Every adapter and depth is checked under every policy, with the latents' gradients;
 * weights after optimizer steps follow from gradients, as for transformers.
 */
class UNetDraftKParityTest {

    private static final String PREFIX = "grad.unet.";

    @TempDir Path temporary;

    @TestFactory
    Stream<DynamicTest> rewardsAndGradients() {
        return folders()
                .flatMap(
                        folder ->
                                Arrays.stream(RolloutCheckpointing.values())
                                        .map(policy -> test(folder, policy)));
    }

    /** The folders of adapters. */
    private static Stream<Path> folders() {
        return Golden.cases("unet/draftk", "forward_clamp.safetensors").stream();
    }

    private DynamicTest test(Path folder, RolloutCheckpointing policy) {
        return DynamicTest.dynamicTest(
                folder.getParent().getFileName() + " " + folder.getFileName() + " " + policy,
                () -> {
                    try (Case c = new Case(folder)) {
                        JsonObject depths = c.adapter.getAsJsonObject("cases");
                        assertThat(depths.keySet()).isNotEmpty();
                        for (Map.Entry<String, JsonElement> depth : depths.entrySet()) {
                            c.check(depth.getKey(), depth.getValue().getAsJsonObject(), policy);
                        }
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> lowVariance() {
        return Golden.some(
                        "adapters with variants",
                        folders().filter(f -> Files.exists(f.resolve("variants.safetensors"))))
                .map(
                        folder ->
                                DynamicTest.dynamicTest(
                                        folder.getParent().getFileName().toString(),
                                        () -> {
                                            try (Case c = new Case(folder)) {
                                                c.checkLowVariance();
                                            }
                                        }));
    }

    private final class Case implements AutoCloseable {

        private final TensorScope scope = TensorScope.open(Devices.tested());
        private final Path folder;
        private final JsonObject json;
        private final JsonObject adapter;
        private final Expected inputs;
        private final UNet unet;
        private final AutoencoderKl vae;
        private final GoldenReward rewards;
        private final DifferentiableReward reward;
        private final LoraAdapters lora;

        Case(Path folder) {
            Path family = folder.getParent();
            this.folder = folder;
            this.json = Golden.json(family.resolve("case.json"));
            this.adapter =
                    json.getAsJsonObject("adapters")
                            .getAsJsonObject(folder.getFileName().toString());
            this.inputs = Expected.open(family.resolve("inputs.safetensors"));
            Path pipeline = path("pipeline");
            this.unet = UNetCase.load(pipeline.resolve("unet"), DType.FLOAT32);
            this.vae = AutoencoderKl.load(pipeline.resolve("vae"), Devices.tested(), DType.FLOAT32);
            this.rewards = new GoldenReward(path("reward"));
            NDArray text = inputs.get("reward_text_features");
            try (Expected forward = Expected.open(folder.resolve("forward_clamp.safetensors"))) {
                long side = forward.get("pixel_values").getShape().get(3);
                this.reward = rewards.squashing(side, prompts -> text);
            }
            this.lora = LoraAdapters.load(folder.resolve("lora"), unet);
        }

        private Path path(String name) {
            return folder.getParent().resolve(json.get(name).getAsString()).normalize();
        }

        private List<String> prompts() {
            return json.getAsJsonArray("prompts").asList().stream()
                    .map(JsonElement::getAsString)
                    .toList();
        }

        private DenoisingSchedule schedule(boolean euler) {
            JsonObject config = json.getAsJsonObject("scheduler").deepCopy();
            try {
                Path file =
                        Files.writeString(
                                temporary.resolve("scheduler_config.json"), config.toString());
                return NoiseScheduler.read(file, euler ? "euler" : "ddim")
                        .schedule(json.get("steps").getAsInt());
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        private UnrolledGradient.Batch batch(IntFunction<NDArray> fresh) {
            NDArray wanted = inputs.get("prompt_embeds");
            boolean xl = inputs.names().contains("time_ids");
            NDArray zeros = Tensors.of(new float[4], 4, 1);
            Conditioning both =
                    new Conditioning(
                            inputs.get("negative_prompt_embeds").concat(wanted, 0),
                            xl
                                    ? inputs.get("negative_pooled_prompt_embeds")
                                            .concat(inputs.get("pooled_prompt_embeds"), 0)
                                    : zeros);
            List<PictureSizes> sizes = new ArrayList<>();
            if (xl) {
                sizes.addAll(UNetCase.sizes(inputs.get("time_ids")));
                sizes.addAll(List.copyOf(sizes));
            }
            return new UnrolledGradient.Batch(
                    both.withSizes(sizes),
                    inputs.get("latents"),
                    prompts(),
                    json.get("guidance_scale").getAsDouble(),
                    fresh);
        }

        private UnrolledGradient unrolled(boolean euler, RolloutCheckpointing policy) {
            PixelReward pixels =
                    new PixelReward(vae, reward, true, policy == RolloutCheckpointing.BLOCK);
            return new UnrolledGradient(
                            unet,
                            schedule(euler),
                            pixels,
                            lora.trainables(),
                            policy,
                            new VelocityPenalty(0))
                    .toEntry();
        }

        void check(String name, JsonObject depth, RolloutCheckpointing policy) {
            boolean euler = name.contains("euler");
            int k = depth.get("K").getAsInt();
            try (Expected golden = Expected.open(folder.resolve(name + ".safetensors"));
                    Gradients sum = new Gradients(Devices.tested())) {
                UnrolledGradient.Result result =
                        unrolled(euler, policy)
                                .run(
                                        batch(i -> inputs.get("latents")),
                                        new Unrolling.LastK(k),
                                        1.0 / prompts().size(),
                                        sum);
                assertLatents(euler, result.latents());
                float[] found = Tensors.toFloats(result.rewards());
                for (int i = 0; i < found.length; i++) {
                    assertThat(found[i])
                            .as(name)
                            .isCloseTo(
                                    depth.getAsJsonArray("reward").get(i).getAsFloat(),
                                    within(1e-5f));
                }
                double tolerance = depth.get("gradient_tolerance").getAsDouble();
                assertGradients(golden, PREFIX, sum, tolerance);
                assertThat(sum.norm())
                        .isCloseTo(
                                depth.get("grad_norm").getAsDouble(),
                                within(tolerance * sum.norm()));
                if (policy != RolloutCheckpointing.NONE) {
                    assertFlow(golden, result.latentGradients(), depth);
                }
            }
        }

        private void assertLatents(boolean euler, NDArray last) {
            String name = euler ? "forward_euler" : "forward";
            try (Expected golden = Expected.open(folder.resolve(name + "_clamp.safetensors"))) {
                float[] all = golden.floats("latents_per_step");
                Expected.assertClose(
                        name,
                        Tensors.toFloats(last),
                        Arrays.copyOfRange(all, all.length - (int) last.size(), all.length),
                        adapter.getAsJsonObject(name)
                                .getAsJsonObject("tolerances")
                                .getAsJsonObject("latents_per_step")
                                .get("suggested_abs_tolerance")
                                .getAsDouble());
            }
        }

        /** Gradients of latents, the last first. */
        private void assertFlow(Expected golden, List<NDArray> flow, JsonObject depth) {
            int k = depth.get("K").getAsInt();
            float[] expected = golden.floats("grad_latents");
            assertThat(flow).hasSize(k + 1);
            int size = (int) flow.get(0).size();
            for (int j = 0; j <= k; j++) {
                Expected.assertClose(
                        "grad_latents " + j,
                        Tensors.toFloats(flow.get(k - j)),
                        Arrays.copyOfRange(expected, j * size, (j + 1) * size),
                        depth.getAsJsonArray("grad_latents_tolerances")
                                .get(j)
                                .getAsJsonObject()
                                .get("suggested_abs_tolerance")
                                .getAsDouble());
            }
        }

        void checkLowVariance() {
            JsonObject variant = adapter.getAsJsonObject("variants").getAsJsonObject("draft_lv");
            try (Expected golden = Expected.open(folder.resolve("variants.safetensors"));
                    Gradients sum = new Gradients(Devices.tested())) {
                unrolled(false, RolloutCheckpointing.BLOCK)
                        .run(
                                batch(i -> golden.get("noise." + i)),
                                new Unrolling.LowVariance(variant.get("n").getAsInt()),
                                1.0 / prompts().size(),
                                sum);
                assertGradients(
                        golden,
                        "grad_total.unet.",
                        sum,
                        variant.get("gradient_tolerance").getAsDouble());
            }
        }

        /** Each tensor to a tolerance of its norm, or of a thousandth of the largest. */
        private void assertGradients(
                Expected golden, String prefix, Gradients sum, double tolerance) {
            Map<String, float[]> wanted = new LinkedHashMap<>();
            golden.names().stream()
                    .filter(name -> name.startsWith(prefix))
                    .forEach(
                            name ->
                                    wanted.put(
                                            name.substring(prefix.length()), golden.floats(name)));
            assertThat(wanted).isNotEmpty();
            double largest = wanted.values().stream().mapToDouble(Case::norm).max().orElseThrow();
            wanted.forEach(
                    (name, expected) -> {
                        NDArray gradient = sum.tensors().get(name);
                        float[] difference =
                                gradient == null
                                        ? new float[expected.length]
                                        : Tensors.toFloats(gradient);
                        for (int i = 0; i < expected.length; i++) {
                            difference[i] -= expected[i];
                        }
                        assertThat(norm(difference))
                                .as(name)
                                .isLessThanOrEqualTo(
                                        tolerance * Math.max(norm(expected), 1e-3 * largest));
                    });
        }

        private static double norm(float[] values) {
            double sum = 0;
            for (float value : values) {
                sum += (double) value * value;
            }
            return Math.sqrt(sum);
        }

        @Override
        public void close() {
            lora.close();
            rewards.close();
            vae.close();
            unet.close();
            inputs.close();
            scope.close();
        }
    }
}

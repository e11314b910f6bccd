package io.github.icthp.diffusion.draft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.LossScaler;
import io.github.icthp.training.OptimizerConfig;
import io.github.icthp.training.StepReport;
import io.github.icthp.training.Updater;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** DRaFT-K against PyTorch's whole graph: golden area diffusion/draftk. */
class DraftKParityTest {

    private static final double RELATIVE = 1e-4;

    @TestFactory
    Stream<DynamicTest> rewardsAndGradientsOfOneGraph() {
        return depths(RolloutCheckpointing.NONE, this::assertGradients);
    }

    @TestFactory
    Stream<DynamicTest> rewardsAndGradientsStepByStep() {
        return depths(RolloutCheckpointing.STEP, this::assertGradients);
    }

    @TestFactory
    Stream<DynamicTest> rewardsAndGradientsBlockByBlock() {
        return depths(RolloutCheckpointing.BLOCK, this::assertGradients);
    }

    @TestFactory
    Stream<DynamicTest> weightsAfterOptimizerSteps() {
        return depths(
                RolloutCheckpointing.BLOCK,
                (c, depth) -> {
                    for (String label : depth.json.getAsJsonObject("adamw").keySet()) {
                        try (DraftCase fresh = new DraftCase(c.folder)) {
                            assertTraining(fresh, depth, label);
                        }
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> samplesAndRewardsAsThePipelineDoes() {
        return cases(
                c -> {
                    try (Expected forward =
                                    Expected.open(c.folder.resolve("forward_clamp.safetensors"));
                            Gradients sum = new Gradients(Devices.tested())) {
                        JsonObject tolerances =
                                c.adapter.getAsJsonObject("forward").getAsJsonObject("clamp");
                        UnrolledGradient.Result result =
                                c.unrolled(true, RolloutCheckpointing.STEP, 0)
                                        .run(batch(c), new Unrolling.LastK(1), c.weight(), sum);
                        Expected.assertClose(
                                "final latents",
                                Tensors.toFloats(c.toGolden(result.latents())),
                                last(forward.floats("latents_per_step"), result.latents()),
                                tolerance(tolerances, "latents_tolerance"));
                        forward.assertClose(
                                "reward",
                                result.rewards(),
                                tolerance(tolerances.getAsJsonObject("tolerances"), "reward"));
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> encodesPromptsForTheReward() {
        return cases(
                c ->
                        c.inputs.assertClose(
                                "reward_text_features",
                                c.rewards().textFeatures(c.inputs.rows("reward_text_ids")),
                                1e-5));
    }

    @TestFactory
    Stream<DynamicTest> lowVariance() {
        return cases(
                c -> {
                    try (Expected golden = variants(c);
                            Gradients sum = new Gradients(Devices.tested())) {
                        int n = variant(c, "draft_lv").get("n").getAsInt();
                        UnrolledGradient.Batch batch =
                                c.batch(i -> c.fromGolden(golden.get("noise." + i)));
                        c.unrolled(true, RolloutCheckpointing.STEP, 0)
                                .run(batch, new Unrolling.LowVariance(n), c.weight(), sum);
                        assertGradients(golden, "grad_total.transformer.", sum, RELATIVE);
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> jumpToTheEnd() {
        return cases(
                c -> {
                    try (Expected golden = variants(c);
                            Gradients sum = new Gradients(Devices.tested())) {
                        int index = variant(c, "refl").get("index").getAsInt();
                        UnrolledGradient.Result result =
                                c.unrolled(true, RolloutCheckpointing.BLOCK, 0)
                                        .run(
                                                batch(c),
                                                new Unrolling.Jump(index, index),
                                                c.weight(),
                                                sum);
                        golden.assertClose("refl.predicted", c.toGolden(result.latents()), 1e-4);
                        golden.assertClose("refl.reward", result.rewards(), 1e-4);
                        assertGradients(golden, "refl.grad.transformer.", sum, RELATIVE);
                    }
                });
    }

    /** The penalty on leaving the base model has the same gradient whatever is recomputed. */
    @TestFactory
    Stream<DynamicTest> driftPenaltyStepByStep() {
        return cases(
                c -> {
                    int k = c.json.getAsJsonArray("K").get(1).getAsInt();
                    try (Gradients whole = new Gradients(Devices.tested());
                            Gradients blocks = new Gradients(Devices.tested());
                            Gradients without = new Gradients(Devices.tested())) {
                        double drift = drift(c, k, RolloutCheckpointing.NONE, 0.3, whole);
                        assertThat(drift(c, k, RolloutCheckpointing.BLOCK, 0.3, blocks))
                                .isCloseTo(drift, within(1e-6 * Math.max(1e-3, drift)));
                        drift(c, k, RolloutCheckpointing.STEP, 0, without);
                        whole.tensors()
                                .forEach(
                                        (name, gradient) ->
                                                assertRelative(
                                                        name,
                                                        Tensors.toFloats(
                                                                blocks.tensors().get(name)),
                                                        Tensors.toFloats(gradient),
                                                        RELATIVE));
                        boolean changed = c.folder.getFileName().toString().equals("random_b");
                        assertThat(drift > 0).isEqualTo(changed);
                        assertThat(Math.abs(whole.norm() - without.norm()) > 1e-3 * whole.norm())
                                .isEqualTo(changed);
                    }
                });
    }

    private static double drift(
            DraftCase c, int k, RolloutCheckpointing checkpointing, double weight, Gradients sum) {
        return c.unrolled(true, checkpointing, weight)
                .run(batch(c), new Unrolling.LastK(k), c.weight(), sum)
                .drift();
    }

    private void assertGradients(DraftCase c, Depth depth) {
        try (Expected golden = Expected.open(c.folder.resolve(depth.name + ".safetensors"));
                Gradients sum = new Gradients(Devices.tested())) {
            UnrolledGradient.Result result =
                    c.unrolled(depth.clamp(), depth.checkpointing, 0)
                            .run(batch(c), new Unrolling.LastK(depth.k()), c.weight(), sum);
            float[] rewards = result.rewards().toFloatArray();
            for (int i = 0; i < rewards.length; i++) {
                float expected = depth.json.getAsJsonArray("reward").get(i).getAsFloat();
                assertThat(rewards[i]).as("reward").isCloseTo(expected, within(1e-5f));
            }
            assertGradients(golden, "grad.transformer.", sum, depth.tolerance());
            assertThat(sum.norm())
                    .isCloseTo(
                            depth.json.get("grad_norm").getAsDouble(),
                            within(depth.tolerance() * sum.norm()));
            assertFlow(c, golden, result, depth);
        }
    }

    private static void assertFlow(
            DraftCase c, Expected golden, UnrolledGradient.Result result, Depth depth) {
        if (depth.checkpointing == RolloutCheckpointing.NONE) {
            return;
        }
        float[] expected = golden.floats("grad_latents");
        int size = (int) result.latents().size();
        assertThat(result.latentGradients()).hasSize(depth.k() + 1);
        for (int j = 0; j <= depth.k(); j++) {
            NDArray flow = c.toGolden(result.latentGradients().get(depth.k() - j));
            assertRelative(
                    "grad_latents " + j,
                    Tensors.toFloats(flow),
                    Arrays.copyOfRange(expected, j * size, (j + 1) * size),
                    depth.tolerance());
        }
    }

    private static void assertTraining(DraftCase c, Depth depth, String label) {
        JsonObject record = depth.json.getAsJsonObject("adamw").getAsJsonObject(label);
        try (Expected golden = Expected.open(c.folder.resolve(depth.name + ".safetensors"));
                Gradients sum = new Gradients(Devices.tested());
                TensorScope scope = TensorScope.open(Devices.tested())) {
            OptimizerConfig config =
                    OptimizerConfig.custom()
                            .steps(1)
                            .learningRate(Double.parseDouble(label))
                            .weightDecay(0.01)
                            .maxGradientNorm(Double.POSITIVE_INFINITY)
                            .build();
            Updater updater = new Updater(config, c.trainables, LossScaler.none(), scope.manager());
            UnrolledGradient unrolled = c.unrolled(depth.clamp(), depth.checkpointing, 0);
            for (int step = 1; step <= 3; step++) {
                sum.clear();
                UnrolledGradient.Result result =
                        unrolled.run(batch(c), new Unrolling.LastK(depth.k()), c.weight(), sum);
                double loss = -result.rewards().mean().getFloat();
                assertThat(loss)
                        .isCloseTo(number(record, "loss_before_each_step", step), within(1e-5));
                StepReport report = updater.apply(sum, () -> "golden inputs");
                double norm = number(record, "grad_norm_before_each_step", step);
                assertThat(report.gradientNorm())
                        .isCloseTo(norm, within(Math.max(1e-8, 1e-3 * norm)));
                assertWeights(c, golden, "adamw.lr" + label + ".after" + step, record, step);
            }
        }
    }

    private static void assertWeights(
            DraftCase c, Expected golden, String prefix, JsonObject record, int step) {
        JsonElement tolerance =
                record.getAsJsonObject("suggested_abs_tolerance").get("after" + step);
        if (tolerance == null) {
            return;
        }
        c.trainables.forEach(
                trainable ->
                        golden.assertClose(
                                prefix + ".transformer." + trainable.name(),
                                trainable.master(),
                                tolerance.getAsDouble()));
    }

    private static void assertGradients(
            Expected golden, String prefix, Gradients sum, double tolerance) {
        Map<String, NDArray> found = sum.tensors();
        golden.names().stream()
                .filter(name -> name.startsWith(prefix))
                .forEach(
                        name -> {
                            NDArray gradient = found.get(name.substring(prefix.length()));
                            float[] expected = golden.floats(name);
                            float[] actual =
                                    gradient == null
                                            ? new float[expected.length]
                                            : Tensors.toFloats(gradient);
                            assertRelative(name, actual, expected, tolerance);
                        });
    }

    private static void assertRelative(
            String name, float[] found, float[] expected, double tolerance) {
        assertThat(found).as(name).hasSameSizeAs(expected);
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow((double) found[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        assertThat(Math.sqrt(difference))
                .as("%s: difference for a norm of %s", name, Math.sqrt(norm))
                .isLessThanOrEqualTo(tolerance * Math.sqrt(norm));
    }

    /** One golden file: a number of differentiated steps, with or without clamped pixels. */
    private record Depth(String name, JsonObject json, RolloutCheckpointing checkpointing) {

        int k() {
            return json.get("K").getAsInt();
        }

        boolean clamp() {
            return json.get("clamp").getAsBoolean();
        }

        double tolerance() {
            return json.get("suggested_gradient_relative_l2_tolerance").getAsDouble();
        }
    }

    @FunctionalInterface
    private interface DepthCheck {
        void accept(DraftCase c, Depth depth);
    }

    private static Stream<DynamicTest> depths(
            RolloutCheckpointing checkpointing, DepthCheck check) {
        return cases(
                c ->
                        c.adapter
                                .getAsJsonObject("cases")
                                .entrySet()
                                .forEach(
                                        e ->
                                                check.accept(
                                                        c,
                                                        new Depth(
                                                                e.getKey(),
                                                                e.getValue().getAsJsonObject(),
                                                                checkpointing))));
    }

    private static Stream<DynamicTest> cases(Consumer<DraftCase> check) {
        return Golden.cases("diffusion/draftk", "variants.safetensors").stream()
                .map(
                        folder ->
                                DynamicTest.dynamicTest(
                                        folder.getParent().getFileName()
                                                + " "
                                                + folder.getFileName(),
                                        () -> {
                                            try (DraftCase c = new DraftCase(folder)) {
                                                check.accept(c);
                                            }
                                        }));
    }

    private static UnrolledGradient.Batch batch(DraftCase c) {
        return c.batch(
                i -> {
                    throw new AssertionError("no fresh noise was expected");
                });
    }

    private static Expected variants(DraftCase c) {
        return Expected.open(c.folder.resolve("variants.safetensors"));
    }

    private static JsonObject variant(DraftCase c, String name) {
        return c.adapter.getAsJsonObject("variants").getAsJsonObject(name);
    }

    private static float[] last(float[] all, NDArray like) {
        return Arrays.copyOfRange(all, all.length - (int) like.size(), all.length);
    }

    private static double tolerance(JsonObject tolerances, String name) {
        return tolerances.getAsJsonObject(name).get("suggested_abs_tolerance").getAsDouble();
    }

    private static double number(JsonObject record, String key, int step) {
        return record.getAsJsonArray(key).get(step - 1).getAsDouble();
    }
}

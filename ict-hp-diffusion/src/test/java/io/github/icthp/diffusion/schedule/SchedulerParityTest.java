package io.github.icthp.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Flow matching's schedules and steps against diffusers' scheduler. */
class SchedulerParityTest {

    private static final Path FLOW = Golden.area("diffusion/scheduler/flow_match");

    @TempDir Path folder;

    private static Stream<JsonObject> cases(Path area) {
        return Golden.json(area.resolve("case.json")).getAsJsonArray("cases").asList().stream()
                .map(JsonElement::getAsJsonObject);
    }

    private static String name(JsonObject entry) {
        return entry.get("name").getAsString();
    }

    /** Writes the configuration as a pipeline's folder would hold it. */
    private Path config(JsonObject entry) throws IOException {
        String config = entry.getAsJsonObject("config").toString();
        return Files.writeString(folder.resolve("scheduler_config.json"), config);
    }

    @TestFactory
    Stream<DynamicTest> flowMatchEuler() {
        return cases(FLOW)
                .map(entry -> DynamicTest.dynamicTest(name(entry), () -> checkFlow(entry)));
    }

    private void checkFlow(JsonObject entry) throws IOException {
        FlowMatchConfig config = FlowMatchConfig.read(config(entry));
        FlowMatchEulerScheduler scheduler = new FlowMatchEulerScheduler(config);
        int steps = entry.get("steps").getAsInt();
        FlowMatchSchedule schedule =
                entry.get("sigmas_passed").isJsonNull()
                        ? scheduler.betweenTrainingEnds(steps, config.baseTokens())
                        : scheduler.fromOne(steps, tokens(config, entry));
        try (Expected expected = Expected.open(FLOW.resolve("values.safetensors"))) {
            TensorScope.run(
                    Devices.tested(),
                    () -> {
                        String name = name(entry);
                        Expected.assertClose(
                                name,
                                schedule.timesteps(),
                                expected.floats(name + ".timesteps"),
                                2e-4);
                        Expected.assertClose(
                                name, schedule.sigmas(), expected.floats(name + ".sigmas"), 2e-7);
                        if (expected.names().contains(name + ".samples")) {
                            NDArray x = expected.get("sample");
                            NDArray outputs = expected.get("model_outputs");
                            NDArray samples = expected.get(name + ".samples");
                            for (int i = 0; i < steps; i++) {
                                x = schedule.step(i, x, outputs.get(i % 4));
                                Expected.assertClose(
                                        name,
                                        x.toFloatArray(),
                                        samples.get(i).toFloatArray(),
                                        2e-6);
                            }
                        }
                    });
        }
    }

    /** The case names mu; find the number of tokens that gives it. */
    private static int tokens(FlowMatchConfig config, JsonObject entry) {
        double mu = entry.get("mu").getAsDouble();
        int tokens = 1;
        while (config.mu(tokens) < mu - 1e-9) {
            tokens++;
        }
        assertThat(config.mu(tokens)).isEqualTo(mu);
        return tokens;
    }

    @Test
    void dynamicShiftByTokens() {
        JsonObject values =
                Golden.json(FLOW.resolve("case.json"))
                        .getAsJsonObject("calculate_shift")
                        .getAsJsonObject("values");
        for (Map.Entry<String, JsonElement> value : values.entrySet()) {
            assertThat(FlowMatchConfig.fluxDev().mu(Integer.parseInt(value.getKey())))
                    .isEqualTo(value.getValue().getAsDouble());
        }
    }

    @Test
    void bfloat16StepsAreExact() {
        try (Expected expected = Expected.open(FLOW.resolve("values.safetensors"))) {
            TensorScope.run(
                    Devices.tested(),
                    () -> {
                        FlowMatchSchedule schedule =
                                new FlowMatchEulerScheduler(FlowMatchConfig.sd3())
                                        .betweenTrainingEnds(4, 1);
                        NDArray x = expected.get("bf16.sample");
                        NDArray outputs = expected.get("bf16.model_outputs");
                        NDArray samples = expected.get("bf16.samples");
                        for (int i = 0; i < 4; i++) {
                            x = schedule.step(i, x, outputs.get(i));
                            assertThat(Tensors.toFloats(x))
                                    .isEqualTo(Tensors.toFloats(samples.get(i)));
                        }
                    });
        }
    }

    @Test
    void trainingSigmasAndNoise() {
        try (Expected expected = Expected.open(FLOW.resolve("values.safetensors"))) {
            TensorScope.run(
                    Devices.tested(),
                    () -> {
                        FlowMatchEulerScheduler scheduler =
                                new FlowMatchEulerScheduler(FlowMatchConfig.sd3());
                        assertThat(scheduler.trainingSigmas())
                                .isEqualTo(expected.floats("sd35.training_sigmas"));
                        FlowMatchSchedule schedule = scheduler.betweenTrainingEnds(8, 1);
                        float[] timesteps = expected.floats("scale_noise.timesteps");
                        float[] sigmas = new float[timesteps.length];
                        for (int i = 0; i < sigmas.length; i++) {
                            sigmas[i] = schedule.sigma(timesteps[i]);
                        }
                        expected.assertClose(
                                "scale_noise.result",
                                FlowMatchSchedule.addNoise(
                                        expected.get("sample"),
                                        expected.get("scale_noise.noise"),
                                        sigmas),
                                2e-6);
                    });
        }
    }

    @Test
    void presetsAreTheGoldenConfigurations() throws IOException {
        Map<String, FlowMatchConfig> presets =
                Map.of(
                        "sd35", FlowMatchConfig.sd3(),
                        "schnell", FlowMatchConfig.fluxSchnell(),
                        "dev", FlowMatchConfig.fluxDev());
        for (JsonObject entry : cases(FLOW).toList()) {
            String family = List.of(name(entry).split("\\.")).get(0);
            if (presets.containsKey(family)) {
                assertThat(FlowMatchConfig.read(config(entry))).isEqualTo(presets.get(family));
            }
        }
    }
}

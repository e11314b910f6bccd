package io.github.icthp.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.diffusion.schedule.DenoisingSchedule.Visit;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * DDIM, PNDM, Euler, Euler ancestral and DPM-Solver++ against diffusers' schedulers. Every case of
 * the areas is run, whatever its configuration, number of steps and shapes.
 */
class NoiseSchedulerParityTest {

    private static final double LOOSE = 2e-2;

    @TempDir Path folder;

    @TestFactory
    Stream<DynamicTest> schedulers() {
        return Stream.of("unet/schedulers", "diffusion/scheduler/sd1_sdxl")
                .map(Golden::area)
                .flatMap(area -> entries(area).map(entry -> test(area, entry)));
    }

    private static Stream<JsonObject> entries(Path area) {
        return Golden.some(
                "the schedulers of " + area,
                Golden.json(area.resolve("case.json")).getAsJsonArray("cases").asList().stream()
                        .map(JsonElement::getAsJsonObject));
    }

    private DynamicTest test(Path area, JsonObject entry) {
        return DynamicTest.dynamicTest(
                entry.get("name").getAsString(),
                () -> {
                    try (Expected expected = Expected.open(area.resolve("values.safetensors"))) {
                        TensorScope.run(Devices.tested(), () -> check(entry, expected));
                    }
                });
    }

    /** Reads the configuration as a pipeline's folder would hold it. */
    private NoiseScheduler scheduler(JsonObject entry) throws IOException {
        JsonObject config = entry.getAsJsonObject("config").deepCopy();
        config.add("_class_name", entry.get("class"));
        Path file = folder.resolve("scheduler_config.json");
        NoiseScheduler read = NoiseScheduler.read(Files.writeString(file, config.toString()));
        return number(entry, "eta", 0) > 0 ? read.withEta(number(entry, "eta", 0)) : read;
    }

    private static double number(JsonObject entry, String name, double otherwise) {
        boolean there = entry.has(name) && !entry.get(name).isJsonNull();
        return there ? entry.get(name).getAsDouble() : otherwise;
    }

    private void check(JsonObject entry, Expected expected) throws IOException {
        String name = entry.get("name").getAsString();
        int asked = entry.get("steps").getAsInt();
        NoiseScheduler scheduler = scheduler(entry);
        NoiseSchedule schedule = scheduler.schedule(asked);
        assertThat(schedule.steps()).isEqualTo((int) number(entry, "model_calls", asked));
        assertThat(schedule.initialScale() / entry.get("init_noise_sigma").getAsDouble())
                .isBetween(1 - 1e-6, 1 + 1e-6);
        Expected.assertClose(
                name,
                schedule.timesteps(),
                expected.floats(name + ".timesteps"),
                scheduler.karras() ? LOOSE : 1e-3);
        checkLevels(name, schedule, expected);
        checkSamples(entry, schedule, expected);
    }

    private static void checkLevels(String name, NoiseSchedule schedule, Expected expected) {
        double[] sigmas =
                IntStream.range(0, schedule.steps()).mapToDouble(schedule::sigma).toArray();
        if (expected.names().contains(name + ".sigmas")) {
            float[] wanted = expected.floats(name + ".sigmas");
            assertThat(wanted).hasSize(sigmas.length + 1).endsWith(0f);
            for (int i = 0; i < sigmas.length; i++) {
                assertThat(sigmas[i] / wanted[i]).isBetween(1 - 5e-5, 1 + 5e-5);
            }
        } else {
            float[] wanted = expected.floats(name + ".alphas_cumprod");
            float[] alphas = new float[sigmas.length];
            for (int i = 0; i < sigmas.length; i++) {
                alphas[i] = (float) (1 / (1 + sigmas[i] * sigmas[i]));
            }
            Expected.assertClose(name, alphas, wanted, 1e-6);
        }
    }

    private static void checkSamples(JsonObject entry, NoiseSchedule schedule, Expected expected) {
        String name = entry.get("name").getAsString();
        if (!expected.names().contains(name + ".samples")) {
            return;
        }
        NDArray samples = expected.get(name + ".samples");
        List<Integer> kept = kept(entry, schedule.steps());
        double largest = samples.abs().max().getFloat();
        double tolerance =
                entry.has("samples_tolerance")
                        ? entry.getAsJsonObject("samples_tolerance")
                                .get("suggested_abs_tolerance")
                                .getAsDouble()
                        : 1e-5 * largest;
        NDArray x = expected.get("sample").mul(schedule.initialScale());
        List<Visit> path = new ArrayList<>();
        for (int i = 0; i < schedule.steps(); i++) {
            if (expected.names().contains(name + ".model_inputs")) {
                NDArray input = expected.get(name + ".model_inputs").get(i);
                Expected.assertClose(
                        name + " input " + i,
                        schedule.networkInput(i, x).toFloatArray(),
                        input.toFloatArray(),
                        5e-5 * input.norm().getFloat());
            }
            NDArray outputs = expected.get("model_outputs");
            path.add(0, new Visit(x, outputs.get(i % outputs.getShape().get(0))));
            int at = i;
            x =
                    schedule.step(
                            i,
                            path.subList(0, Math.min(path.size(), schedule.lookBack() + 1)),
                            () -> expected.get("noises").get(at % 3));
            if (kept.contains(i)) {
                Expected.assertClose(
                        name + " step " + i,
                        x.toFloatArray(),
                        samples.get(kept.indexOf(i)).toFloatArray(),
                        tolerance);
            }
        }
    }

    private static List<Integer> kept(JsonObject entry, int steps) {
        return entry.has("samples_kept")
                ? entry.getAsJsonArray("samples_kept").asList().stream()
                        .map(JsonElement::getAsInt)
                        .toList()
                : IntStream.range(0, steps).boxed().toList();
    }

    @TestFactory
    Stream<DynamicTest> addNoise() {
        Path area = Golden.area("unet/schedulers");
        return Stream.of("alphas", "euler")
                .map(
                        kind ->
                                DynamicTest.dynamicTest(
                                        kind,
                                        () -> {
                                            try (Expected expected =
                                                    Expected.open(
                                                            area.resolve("values.safetensors"))) {
                                                TensorScope.run(
                                                        Devices.tested(),
                                                        () -> checkNoise(kind, expected));
                                            }
                                        }));
    }

    /** Each sample of the batch is at a timestep of its own. */
    private static void checkNoise(String kind, Expected expected) {
        boolean euler = kind.equals("euler");
        NoiseSchedule schedule = published(euler).schedule(euler ? 5 : 999);
        NDArray wanted = expected.get("add_noise." + kind);
        float[] times = expected.floats("add_noise." + (euler ? "euler_timesteps" : "timesteps"));
        for (int row = 0; row < times.length; row++) {
            int step = nearest(schedule.timesteps(), times[row]);
            NDArray noisy =
                    schedule.addNoise(
                            step,
                            expected.get("sample").get(row),
                            expected.get("noises").get(0).get(row));
            Expected.assertClose(
                    kind, Tensors.toFloats(noisy), wanted.get(row).toFloatArray(), 1e-5);
        }
    }

    private static int nearest(float[] timesteps, float wanted) {
        for (int i = 0; i < timesteps.length; i++) {
            if (Math.abs(timesteps[i] - wanted) < 0.01) {
                return i;
            }
        }
        throw new AssertionError("no step at timestep " + wanted);
    }

    /** The schedulers whose noise the area shows. */
    private static NoiseScheduler published(boolean euler) {
        return new NoiseScheduler(
                NoiseConfig.sd15(),
                euler ? NoiseScheduler.Method.EULER : NoiseScheduler.Method.DDIM,
                NoiseScheduler.Spacing.LEADING,
                1,
                false,
                false,
                0);
    }
}

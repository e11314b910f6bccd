package io.github.icthp.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.StepReport;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Whole training steps of a tiny CLIP and head: golden area training/steps. */
class TrainingStepParityTest {

    /** How a step is computed; every way has the same results. */
    private record Way(String name, Compute compute, List<Device> devices) {}

    private static final Device CPU = Devices.tested();

    private static final List<Way> WAYS =
            List.of(
                    new Way("kept", on(Checkpointing.NONE), List.of(CPU)),
                    new Way("recomputed", on(Checkpointing.LAYER), List.of(CPU)),
                    new Way(
                            "recomputed row by row",
                            new Compute(DType.FLOAT32, Checkpointing.LAYER, 1),
                            List.of(CPU)),
                    new Way("on two devices", on(Checkpointing.NONE), List.of(CPU, CPU)));

    private static Compute on(Checkpointing checkpointing) {
        return Compute.on(CPU, DType.FLOAT32, checkpointing);
    }

    @TestFactory
    Stream<DynamicTest> everyCase() {
        return Golden.cases("training/steps").stream()
                .flatMap(
                        folder ->
                                WAYS.stream()
                                        .map(
                                                way ->
                                                        DynamicTest.dynamicTest(
                                                                folder.getFileName()
                                                                        + " "
                                                                        + way.name,
                                                                () -> run(folder, way))));
    }

    private static void run(Path folder, Way way) {
        StepCase golden = new StepCase(folder);
        try (StepEngine trainer = golden.trainer(way.compute, way.devices, false)) {
            TensorScope.run(
                    Devices.tested(),
                    () -> {
                        assertThat(trainer.trained().keySet())
                                .containsExactlyInAnyOrderElementsOf(golden.strings("trainable"));
                        firstGradients(golden, trainer);
                        for (int step = 0; step < golden.integer("steps"); step++) {
                            step(golden, trainer, step);
                            parameters(golden, trainer, step + 1);
                        }
                    });
        }
    }

    private static void firstGradients(StepCase golden, StepEngine trainer) {
        try (Gradients gradients = new Gradients(Devices.tested());
                Expected expected = golden.open("first_gradients.safetensors")) {
            trainer.gradients(List.of(golden.batch(0)), gradients);
            JsonObject tolerance = golden.object("gradient_tolerance");
            for (String name : expected.names()) {
                NDArray parameter = trainer.trained().get(name);
                NDArray found = gradients.whole(name, parameter).orElseThrow();
                expected.assertClose(name, found, tolerance.get(name).getAsDouble());
            }
            for (String name : golden.strings("without_gradient")) {
                NDArray parameter = trainer.trained().get(name);
                assertThat(gradients.whole(name, parameter)).as(name).isEmpty();
            }
        }
    }

    private static void step(StepCase golden, StepEngine trainer, int step) {
        JsonObject expected = golden.array("log_f32").get(step).getAsJsonObject();
        JsonObject tolerance = golden.object("tolerance");
        try (Gradients gradients = new Gradients(Devices.tested())) {
            List<TripletInputs> batches = golden.stepBatches(step);
            Map<String, Double> losses = trainer.gradients(batches, gradients);
            JsonArray micro = expected.getAsJsonArray("micro");
            assertThat(losses).isNotEmpty();
            for (String part : losses.keySet()) {
                double mean = 0;
                for (JsonElement one : micro) {
                    mean += one.getAsJsonObject().get(part).getAsDouble() / micro.size();
                }
                assertThat(losses.get(part))
                        .as("step %s %s", step, part)
                        .isCloseTo(mean, within(tolerance.get("loss").getAsDouble()));
            }
            StepReport report = trainer.apply(gradients);
            double norm = expected.get("grad_norm_before_clip").getAsDouble();
            double relative = tolerance.get("grad_norm_relative").getAsDouble();
            assertThat(report.rate()).isEqualTo(expected.get("lr_used").getAsDouble());
            assertThat(report.gradientNorm()).isCloseTo(norm, within(relative * norm));
            assertThat(report.clipFactor())
                    .isCloseTo(expected.get("clip_factor").getAsDouble(), within(relative));
        }
    }

    private static void parameters(StepCase golden, StepEngine trainer, int steps) {
        if (!golden.has("after_" + steps + ".safetensors")) {
            return;
        }
        JsonObject tolerance = golden.object("parameter_tolerance");
        try (Expected expected = golden.open("after_" + steps + ".safetensors")) {
            for (String name : expected.names()) {
                expected.assertClose(
                        name, trainer.trained().get(name), tolerance.get(name).getAsDouble());
            }
        }
    }
}

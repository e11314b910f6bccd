package io.github.icthp.train.optim;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.AdamW;
import io.github.icthp.training.AdamWConfig;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.ParameterGroup;
import io.github.icthp.training.Trainable;
import io.github.icthp.weights.TensorReader;
import io.github.icthp.weights.Weights;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** AdamW against torch.optim.AdamW, alone on random tensors: golden area training/adamw. */
class AdamWParityTest {

    private static final Map<String, DType> MODEL_TYPES =
            Map.of("f32", DType.FLOAT32, "f16", DType.FLOAT16, "bf16", DType.BFLOAT16);

    @TestFactory
    Stream<DynamicTest> everyCase() {
        return Golden.cases("training/adamw").stream()
                .flatMap(
                        folder -> {
                            JsonObject json = Golden.json(folder.resolve("case.json"));
                            return json.getAsJsonObject("cases").keySet().stream()
                                    .map(
                                            type ->
                                                    DynamicTest.dynamicTest(
                                                            folder.getFileName() + " " + type,
                                                            () -> run(folder, json, type)));
                        });
    }

    private static void run(Path folder, JsonObject json, String type) {
        try (TensorScope scope = TensorScope.open(Devices.tested());
                Weights golden = Weights.open(folder.resolve("io.safetensors"));
                Gradients gradients = new Gradients(Devices.tested())) {
            List<Trainable> all = new ArrayList<>();
            AdamW optimizer =
                    new AdamW(config(json), groups(json, golden, type, all), scope.manager());
            for (int step = 1; step <= json.get("steps").getAsInt(); step++) {
                gradients.clear();
                for (Trainable parameter : all) {
                    NDArray gradient =
                            TensorReader.read(golden, "grad." + step + "." + parameter.name());
                    gradients.add(parameter.name(), Tensors.cast(gradient, MODEL_TYPES.get(type)));
                }
                optimizer.step(json.get("lr").getAsDouble(), gradients, 1);
                compare(step, json, golden, type, all);
            }
            if (type.equals("f32")) {
                compareMoments(json, golden, optimizer);
            }
        }
    }

    private static AdamWConfig config(JsonObject json) {
        JsonArray betas = json.getAsJsonArray("betas");
        return new AdamWConfig(
                betas.get(0).getAsDouble(),
                betas.get(1).getAsDouble(),
                json.get("eps").getAsDouble());
    }

    private static List<ParameterGroup> groups(
            JsonObject json, Weights golden, String type, List<Trainable> all) {
        Map<String, ParameterGroup> groups = new LinkedHashMap<>();
        JsonObject names = json.getAsJsonObject("groups");
        for (String group : names.keySet()) {
            List<Trainable> members = new ArrayList<>();
            for (JsonElement name : names.getAsJsonArray(group)) {
                NDArray start = TensorReader.read(golden, "start." + name.getAsString());
                members.add(
                        type.equals("f32")
                                ? Trainable.of(name.getAsString(), start)
                                : Trainable.withMaster(
                                        name.getAsString(),
                                        Tensors.cast(start, MODEL_TYPES.get(type))));
            }
            all.addAll(members);
            double decay = group.equals("decayed") ? json.get("weight_decay").getAsDouble() : 0;
            groups.put(group, new ParameterGroup(members, decay));
        }
        return List.copyOf(groups.values());
    }

    private static void compare(
            int step, JsonObject json, Weights golden, String type, List<Trainable> all) {
        String prefix = type.equals("f32") ? "f32." : type + ".master.";
        double tolerance = tolerance(json, type);
        for (Trainable parameter : all) {
            String key = prefix + step + "." + parameter.name();
            if (golden.names().contains(key)) {
                assertClose(key, golden, parameter.master(), tolerance);
            }
            String copy = type + ".model." + step + "." + parameter.name();
            if (golden.names().contains(copy)) {
                // The same rounding of masters that may differ by the tolerance.
                assertThat(Tensors.dtype(parameter.model())).isEqualTo(MODEL_TYPES.get(type));
                assertClose(copy, golden, parameter.model(), ulp(parameter, tolerance));
            }
        }
    }

    private static void compareMoments(JsonObject json, Weights golden, AdamW optimizer) {
        optimizer
                .state()
                .forEach(
                        (name, tensor) -> {
                            if (!name.startsWith("step.")) {
                                assertRelative("f32." + name, golden, tensor);
                            }
                        });
        assertThat(optimizer.state().keySet().stream().filter(n -> n.startsWith("step.")))
                .isNotEmpty()
                .allSatisfy(
                        name ->
                                assertThat(optimizer.state().get(name).getFloat())
                                        .isEqualTo(json.get("steps").getAsFloat()));
    }

    private static double tolerance(JsonObject json, String type) {
        JsonObject values = json.getAsJsonObject("cases").getAsJsonObject(type);
        return values.get(type.equals("f32") ? "tolerance" : "tolerance_master").getAsDouble();
    }

    /** The spacing of the low type at the parameter's largest value. */
    private static double ulp(Trainable parameter, double tolerance) {
        double largest = 0;
        for (float value : Tensors.toFloats(parameter.master())) {
            largest = Math.max(largest, Math.abs(value));
        }
        int bits = Tensors.dtype(parameter.model()) == DType.FLOAT16 ? 10 : 7;
        return tolerance + Math.scalb(1.0, Math.getExponent(largest) - bits);
    }

    private static void assertClose(String key, Weights golden, NDArray actual, double tolerance) {
        float[] expected = Tensors.toFloats(TensorReader.read(golden, key));
        float[] values = Tensors.toFloats(actual);
        assertThat(values).as(key).hasSameSizeAs(expected);
        for (int i = 0; i < values.length; i++) {
            assertThat(Math.abs((double) values[i] - expected[i]))
                    .as("%s[%d]: %s against %s", key, i, values[i], expected[i])
                    .isLessThanOrEqualTo(tolerance);
        }
    }

    private static void assertRelative(String key, Weights golden, NDArray actual) {
        double largest = 0;
        for (float value : Tensors.toFloats(TensorReader.read(golden, key))) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertClose(key, golden, actual, 1e-6 * largest);
    }
}

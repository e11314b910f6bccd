package io.github.icthp.train.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** ICT's loss on fixed features: golden area training/ict_loss. */
class IctLossParityTest {

    private static final List<String> PARTS =
            List.of("total", "easy", "refined", "negative_easy", "negative_refined");

    @TestFactory
    Stream<DynamicTest> everySetting() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path folder : Golden.cases("training/ict_loss")) {
            JsonObject json = Golden.json(folder.resolve("case.json"));
            for (JsonElement element : json.getAsJsonArray("settings")) {
                JsonObject setting = element.getAsJsonObject();
                for (String type : List.of("f32", "f64")) {
                    tests.add(
                            DynamicTest.dynamicTest(
                                    folder.getFileName() + " " + setting.get("index") + " " + type,
                                    () -> setting(folder, json, setting, type)));
                }
            }
            tests.add(
                    DynamicTest.dynamicTest(
                            folder.getFileName() + " batch of one",
                            () -> batchOfOne(folder, json)));
        }
        return tests.stream();
    }

    private static void setting(Path folder, JsonObject json, JsonObject setting, String type) {
        JsonObject tolerance = json.getAsJsonObject("tolerance");
        JsonObject expected = setting.getAsJsonObject(type);
        try (Expected golden = Expected.open(folder.resolve("io.safetensors"))) {
            TensorScope.run(
                    Devices.tested(),
                    () -> {
                        Map<String, NDArray> leaves =
                                leaves(golden, type.equals("f32") ? DType.FLOAT32 : DType.FLOAT64);
                        LossValue loss = loss(setting).of(pairs(golden, leaves, ""));
                        for (String part : PARTS) {
                            assertThat(loss.parts().get(part))
                                    .as(part)
                                    .isCloseTo(
                                            expected.get(part).getAsDouble(),
                                            within(tolerance.get("loss_" + type).getAsDouble()));
                        }
                        if (type.equals("f32")) {
                            List<NDArray> inputs = List.copyOf(leaves.values());
                            var gradients = Autograd.gradients(loss.total(), null, inputs);
                            int i = 0;
                            for (String name : leaves.keySet()) {
                                golden.assertClose(
                                        setting.get("index") + ".grad_" + name,
                                        gradients.get(i++).orElseThrow(),
                                        tolerance.get("grad_f32").getAsDouble());
                            }
                        }
                    });
        }
    }

    private static void batchOfOne(Path folder, JsonObject json) {
        JsonObject expected = json.getAsJsonObject("batch_of_one");
        double tolerance = json.getAsJsonObject("tolerance").get("loss_f32").getAsDouble();
        try (Expected golden = Expected.open(folder.resolve("io.safetensors"))) {
            TensorScope.run(
                    Devices.tested(),
                    () -> {
                        Map<String, NDArray> leaves = new LinkedHashMap<>();
                        leaves(golden, DType.FLOAT32)
                                .forEach(
                                        (name, leaf) ->
                                                leaves.put(name, Autograd.leaf(leaf.get("0:1"))));
                        LossValue loss = IctLoss.paper().of(pairs(golden, leaves, "0:1"));
                        assertThat(loss.parts().get("easy"))
                                .isCloseTo(expected.get("easy").getAsDouble(), within(tolerance));
                        assertThat(loss.parts().get("refined"))
                                .isCloseTo(
                                        expected.get("refined").getAsDouble(), within(tolerance));
                        assertThat(loss.parts().get("negative_easy")).isZero();
                        assertThat(loss.parts().get("negative_refined")).isZero();
                        Autograd.gradients(loss.total(), null, List.copyOf(leaves.values()))
                                .forEach(
                                        g ->
                                                assertThat(Tensors.isFinite(g.orElseThrow()))
                                                        .isTrue());
                    });
        }
    }

    private static IctLoss loss(JsonObject setting) {
        return new IctLoss(
                setting.get("lam").getAsDouble(),
                setting.get("alpha").getAsDouble(),
                setting.get("beta").getAsDouble(),
                setting.has("detach_weight") && setting.get("detach_weight").getAsBoolean());
    }

    private static Map<String, NDArray> leaves(Expected golden, DType type) {
        Map<String, NDArray> leaves = new LinkedHashMap<>();
        for (String name : List.of("easy_text", "refined_text", "image_1", "image_2", "image_3")) {
            leaves.put(name, Autograd.leaf(Tensors.cast(golden.get(name), type)));
        }
        return leaves;
    }

    private static IctPairs pairs(Expected golden, Map<String, NDArray> leaves, String rows) {
        NDArray images =
                NDArrays.concat(
                        new NDList(
                                leaves.get("image_1"),
                                leaves.get("image_2"),
                                leaves.get("image_3")));
        return new IctPairs(
                leaves.get("easy_text"),
                leaves.get("refined_text"),
                images,
                targets(golden, leaves, "E", rows),
                targets(golden, leaves, "R", rows));
    }

    private static NDArray targets(
            Expected golden, Map<String, NDArray> leaves, String level, String rows) {
        NDArray first = golden.get("label_" + level + "1");
        NDArray second = golden.get("label_" + level + "2");
        NDArray all = NDArrays.stack(new NDList(first, second, first.onesLike()), 1);
        NDArray chosen = rows.isEmpty() ? all : all.get(rows);
        return Tensors.cast(chosen, Tensors.dtype(leaves.get("image_1")));
    }
}

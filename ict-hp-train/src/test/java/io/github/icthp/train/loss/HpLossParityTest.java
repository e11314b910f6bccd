package io.github.icthp.train.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonArray;
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
import java.util.List;
import java.util.stream.Stream;

/** HP's loss and the joint term on fixed scores: golden area training/hp_loss. */
class HpLossParityTest {

    @TestFactory
    Stream<DynamicTest> everyMargin() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path folder : Golden.cases("training/hp_loss")) {
            JsonObject json = Golden.json(folder.resolve("case.json"));
            for (JsonElement element : json.getAsJsonArray("results")) {
                JsonObject result = element.getAsJsonObject();
                String name = folder.getFileName() + " margin " + result.get("margin");
                tests.add(
                        DynamicTest.dynamicTest(
                                name + " f32", () -> float32(folder, json, result)));
                tests.add(DynamicTest.dynamicTest(name + " f64", () -> float64(folder, result)));
            }
            for (JsonElement element : json.getAsJsonArray("edge")) {
                JsonObject edge = element.getAsJsonObject();
                tests.add(
                        DynamicTest.dynamicTest(
                                folder.getFileName() + " edge " + edge.get("scores"),
                                () -> edge(edge)));
            }
        }
        return tests.stream();
    }

    private static HpLoss loss(JsonObject json) {
        return new HpLoss(json.get("margin").getAsDouble(), Reduction.MEAN, 0, Reduction.SUM);
    }

    private static void float32(Path folder, JsonObject json, JsonObject result) {
        JsonObject tolerance = json.getAsJsonObject("tolerance");
        double grad = tolerance.get("grad_f32").getAsDouble();
        try (Expected golden = Expected.open(folder.resolve("io.safetensors"))) {
            TensorScope.run(
                    Devices.tested(),
                    () -> {
                        NDArray scores = Autograd.leaf(golden.get("hp_scores"));
                        NDArray cosines = Autograd.leaf(golden.get("easy_cosines"));
                        losses(
                                result,
                                "f32",
                                scores,
                                cosines,
                                tolerance.get("loss_f32").getAsDouble());
                        String index = result.get("index") + ".";
                        NDArray plain = loss(result).of(scores).total();
                        golden.assertClose(
                                index + "grad_hp",
                                Autograd.gradients(plain, null, List.of(scores))
                                        .get(0)
                                        .orElseThrow(),
                                grad);
                        NDArray joint = loss(result).joint(scores, cosines);
                        var gradients = Autograd.gradients(joint, null, List.of(scores, cosines));
                        golden.assertClose(
                                index + "grad_icthp_scores", gradients.get(0).orElseThrow(), grad);
                        golden.assertClose(
                                index + "grad_icthp_cosines", gradients.get(1).orElseThrow(), grad);
                    });
        }
    }

    private static void float64(Path folder, JsonObject result) {
        try (Expected golden = Expected.open(folder.resolve("io.safetensors"))) {
            TensorScope.run(
                    Devices.tested(),
                    () -> {
                        NDArray scores = Tensors.cast(golden.get("hp_scores"), DType.FLOAT64);
                        NDArray cosines = Tensors.cast(golden.get("easy_cosines"), DType.FLOAT64);
                        losses(result, "f64", scores, cosines, 1e-12);
                    });
        }
    }

    private static void losses(
            JsonObject result, String type, NDArray scores, NDArray cosines, double tolerance) {
        JsonObject expected = result.getAsJsonObject(type);
        LossValue both = loss(result).withJoint(1).of(scores, cosines);
        assertThat(both.parts().get("hp"))
                .isCloseTo(expected.get("hp").getAsDouble(), within(tolerance));
        assertThat(both.parts().get("icthp"))
                .isCloseTo(expected.get("icthp").getAsDouble(), within(tolerance));
        assertThat(both.parts().get("total"))
                .isCloseTo(expected.get("hp_plus_icthp").getAsDouble(), within(tolerance));
        assertThat(loss(result).of(scores).parts().get("total")).isEqualTo(both.parts().get("hp"));
    }

    private static void edge(JsonObject edge) {
        try (TensorScope scope = TensorScope.open(Devices.tested())) {
            NDArray given = scope.manager().create(doubles(edge.getAsJsonArray("scores")));
            NDArray scores = Autograd.leaf(given.reshape(1, 3));
            LossValue loss = loss(edge).of(scores);
            assertThat(loss.parts().get("total"))
                    .isCloseTo(edge.get("loss").getAsDouble(), within(1e-15));
            NDArray gradient =
                    Autograd.gradients(loss.total(), null, List.of(scores)).get(0).orElseThrow();
            assertThat(gradient.toDoubleArray())
                    .containsExactly(doubles(edge.getAsJsonArray("grad")));
        }
    }

    private static double[] doubles(JsonArray array) {
        return array.asList().stream().mapToDouble(JsonElement::getAsDouble).toArray();
    }
}

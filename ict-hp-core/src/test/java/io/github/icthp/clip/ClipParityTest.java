package io.github.icthp.clip;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonObject;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

class ClipParityTest {

    @TempDir Path temporary;

    @TestFactory
    Stream<DynamicTest> everyCase() {
        return Golden.cases("clip").stream()
                .flatMap(
                        folder -> {
                            Case test = new Case(folder, temporary);
                            return Stream.of(
                                    test.named("vision", test::vision),
                                    test.named("text", test::text),
                                    test.named("logits", test::logits),
                                    test.named("pixel gradient", test::pixelGradient),
                                    test.named("bfloat16", test::bfloat16));
                        });
    }

    private static final class Case {

        private final Path folder;
        private final JsonObject json;
        private final JsonObject tolerance;

        Case(Path golden, Path temporary) {
            this.folder = Golden.unpack(golden, temporary.resolve(golden.getFileName()));
            this.json = Golden.json(folder.resolve("case.json"));
            this.tolerance = json.getAsJsonObject("tolerance");
        }

        DynamicTest named(String part, org.junit.jupiter.api.function.Executable body) {
            return DynamicTest.dynamicTest(folder.getFileName() + " " + part, body);
        }

        private ClipModel load(DType type) {
            ClipConfig config = ClipConfigFile.read(folder.resolve("config.json"));
            try (Weights weights = Weights.open(folder.resolve("model.safetensors"))) {
                return ClipModel.load(weights, config, Devices.tested(), type, Memory.OWNED);
            }
        }

        private double absolute() {
            return tolerance.get("float32_absolute").getAsDouble();
        }

        void vision() {
            try (ClipModel model = load(DType.FLOAT32);
                    Expected inputs = Expected.open(folder.resolve("inputs.safetensors"));
                    Expected expected = Expected.open(folder.resolve("expected.safetensors"))) {
                TensorScope.run(
                        Devices.tested(),
                        () -> {
                            ClipVisionTower tower = model.vision();
                            NDArray x = tower.embed(inputs.get("pixel_values"));
                            expected.assertClose("vision.embeddings", x, absolute());
                            x = tower.preNorm(x);
                            expected.assertClose("vision.pre_layernorm", x, absolute());
                            for (int i = 0; i < tower.encoder().layers().size(); i++) {
                                x = tower.encoder().layer(i, x);
                                expected.assertClose("vision.layer." + i, x, absolute());
                            }
                            expected.assertClose("vision.last_hidden_state", x, absolute());
                            NDArray pooled = tower.postNorm(x.get(":, 0"));
                            expected.assertClose("vision.pooler_output", pooled, absolute());
                            NDArray embeds = tower.forward(inputs.get("pixel_values"));
                            expected.assertClose("image_embeds", embeds, absolute());
                            expected.assertClose(
                                    "image_embeds_normalised",
                                    ClipModel.normalize(embeds),
                                    absolute());
                        });
            }
        }

        void text() {
            try (ClipModel model = load(DType.FLOAT32);
                    Expected inputs = Expected.open(folder.resolve("inputs.safetensors"));
                    Expected expected = Expected.open(folder.resolve("expected.safetensors"))) {
                TensorScope.run(
                        Devices.tested(),
                        () -> {
                            ClipTextTower tower = model.text();
                            long[][] ids = inputs.rows("input_ids");
                            long[][] traced =
                                    Arrays.copyOf(ids, json.get("text_rows_traced").getAsInt());
                            NDArray x = tower.embed(EosPooling.cut(traced, traced[0].length));
                            expected.assertClose("text.embeddings", x, absolute());
                            for (int i = 0; i < tower.encoder().layers().size(); i++) {
                                x = tower.encoder().layer(i, x);
                                expected.assertClose("text.layer." + i, x, absolute());
                            }
                            expected.assertClose(
                                    "text.last_hidden_state", tower.finalNorm(x), absolute());
                            NDArray embeds = tower.forward(ids);
                            expected.assertClose("text_embeds", embeds, absolute());
                            expected.assertClose(
                                    "text_embeds_normalised",
                                    ClipModel.normalize(embeds),
                                    absolute());
                            NDArray shorter = tower.forward(inputs.rows("short_input_ids"));
                            expected.assertClose("short_text_embeds", shorter, absolute());
                        });
            }
        }

        void logits() {
            try (ClipModel model = load(DType.FLOAT32);
                    Expected inputs = Expected.open(folder.resolve("inputs.safetensors"));
                    Expected expected = Expected.open(folder.resolve("expected.safetensors"))) {
                TensorScope.run(
                        Devices.tested(),
                        () -> {
                            NDArray image =
                                    ClipModel.normalize(
                                            model.vision().forward(inputs.get("pixel_values")));
                            NDArray text =
                                    ClipModel.normalize(
                                            model.text().forward(inputs.rows("input_ids")));
                            double scale =
                                    Math.exp(model.parameters().get("logit_scale").getFloat());
                            NDArray logits = image.matMul(text.transpose()).mul(scale);
                            expected.assertClose(
                                    "logits_per_image",
                                    logits,
                                    tolerance.get("logits_absolute").getAsDouble());
                        });
            }
        }

        void pixelGradient() {
            try (ClipModel model = load(DType.FLOAT32);
                    Expected inputs = Expected.open(folder.resolve("inputs.safetensors"));
                    Expected expected = Expected.open(folder.resolve("expected.safetensors"))) {
                TensorScope.run(
                        Devices.tested(),
                        () -> {
                            NDArray pixels = Autograd.leaf(inputs.get("pixel_values").get("0:1"));
                            NDArray embeds = model.vision().forward(pixels);
                            NDArray gradient =
                                    Autograd.gradients(
                                                    embeds,
                                                    inputs.get("grad_weight"),
                                                    List.of(pixels))
                                            .get(0)
                                            .orElseThrow();
                            expected.assertClose(
                                    "grad_pixel_values",
                                    gradient,
                                    tolerance.get("grad_pixel_values_absolute").getAsDouble());
                        });
            }
        }

        void bfloat16() {
            try (ClipModel model = load(DType.BFLOAT16);
                    Expected inputs = Expected.open(folder.resolve("inputs.safetensors"));
                    Expected expected = Expected.open(folder.resolve("expected.safetensors"))) {
                TensorScope.run(
                        Devices.tested(),
                        () -> {
                            NDArray pixels =
                                    Tensors.cast(inputs.get("pixel_values"), DType.BFLOAT16);
                            assertCosines(expected, "image_embeds", model.vision().forward(pixels));
                            assertCosines(
                                    expected,
                                    "text_embeds",
                                    model.text().forward(inputs.rows("input_ids")));
                        });
            }
        }

        private void assertCosines(Expected expected, String name, NDArray actual) {
            NDArray a = ClipModel.normalize(actual);
            NDArray b = ClipModel.normalize(expected.get(name));
            for (float cosine : a.mul(b).sum(new int[] {1}).toFloatArray()) {
                assertThat(cosine)
                        .as(name)
                        .isGreaterThanOrEqualTo(
                                tolerance.get("bfloat16_minimum_cosine").getAsFloat());
            }
        }
    }
}

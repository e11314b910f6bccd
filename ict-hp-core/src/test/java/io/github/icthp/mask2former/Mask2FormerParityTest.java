package io.github.icthp.mask2former;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.testing.NamedShapes;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Weights;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Compares every stage of the detector, in both layouts, with the reference. */
class Mask2FormerParityTest {

    private static final List<String> LAYOUTS = List.of("hf", "mmdet");

    @TestFactory
    Stream<DynamicTest> everyCase() {
        return Golden.cases("geneval/mask2former").stream()
                .flatMap(
                        folder ->
                                LAYOUTS.stream()
                                        .map(layout -> new Case(folder, layout))
                                        .flatMap(Case::tests));
    }

    private record Case(Path folder, String layout) {

        Stream<DynamicTest> tests() {
            return Stream.of(
                    named("values", this::values),
                    named("bfloat16", this::bfloat16),
                    named("names", this::names));
        }

        private DynamicTest named(String part, Executable body) {
            return DynamicTest.dynamicTest(folder.getFileName() + " " + layout + " " + part, body);
        }

        private Path file() {
            try (Stream<Path> files = Files.list(folder.resolve(layout))) {
                return files.filter(
                                file ->
                                        file.toString().endsWith(".safetensors")
                                                || file.toString().endsWith(".pth"))
                        .findFirst()
                        .orElseThrow();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private JsonObject json() {
            return Golden.json(folder.resolve("case.json"));
        }

        void values() {
            JsonObject tolerances = json().getAsJsonObject("tolerances");
            Map<String, Boolean> seen = new LinkedHashMap<>();
            Autograd.in(
                    Autograd.Mode.INFERENCE,
                    () -> {
                        TensorScope scope = TensorScope.open(Devices.tested());
                        try (scope;
                                Mask2Former detector =
                                        Mask2Former.load(file(), Devices.tested(), DType.FLOAT32);
                                Expected inputs =
                                        Expected.open(folder.resolve("inputs.safetensors"));
                                Expected expected =
                                        Expected.open(folder.resolve("expected.safetensors"))) {
                            for (String input : inputs.names()) {
                                String name = input.replace(".pixel_values", "");
                                computed(detector, inputs.get(input))
                                        .forEach(
                                                (part, tensor) -> {
                                                    String key = name + "." + part;
                                                    seen.put(key, true);
                                                    expected.assertClose(
                                                            key,
                                                            tensor,
                                                            tolerances
                                                                    .getAsJsonObject(key)
                                                                    .get("suggested_abs_tolerance")
                                                                    .getAsDouble());
                                                });
                            }
                            assertThat(seen.keySet()).containsAll(expected.names());
                        }
                        return true;
                    });
        }

        private static Map<String, NDArray> computed(Mask2Former detector, NDArray pixels) {
            Map<String, NDArray> computed = new LinkedHashMap<>();
            NDList stages = detector.backbone(pixels);
            for (int i = 0; i < stages.size(); i++) {
                computed.put("backbone.stage" + (i + 1), stages.get(i));
            }
            NDList maps = detector.pixelMaps(stages);
            for (int i = 0; i < 3; i++) {
                computed.put("pixel_decoder.level" + i, maps.get(i));
            }
            computed.put("pixel_decoder.mask_features", maps.get(3));
            NDList layers = detector.decode(maps, true);
            for (int i = 0; i < layers.size(); i += 2) {
                computed.put("layer" + i / 2 + ".class_logits", layers.get(i));
                computed.put("layer" + i / 2 + ".mask_logits", layers.get(i + 1));
            }
            Mask2Former.Output output = detector.forward(pixels);
            assertThat(Tensors.toFloats(output.maskLogits()))
                    .isEqualTo(Tensors.toFloats(layers.get(layers.size() - 1)));
            return computed;
        }

        void bfloat16() {
            JsonObject bounds = json().getAsJsonObject("bf16_relative_l2_bound");
            assertThat(bounds.keySet()).isNotEmpty();
            Autograd.in(
                    Autograd.Mode.INFERENCE,
                    () -> {
                        TensorScope scope = TensorScope.open(Devices.tested());
                        try (scope;
                                Mask2Former detector =
                                        Mask2Former.load(file(), Devices.tested(), DType.BFLOAT16);
                                Expected inputs =
                                        Expected.open(folder.resolve("inputs.safetensors"));
                                Expected expected =
                                        Expected.open(folder.resolve("expected.safetensors"))) {
                            NDList stages = detector.backbone(inputs.get("a.pixel_values"));
                            for (int i = 0; i < stages.size(); i++) {
                                String key = "a.backbone.stage" + (i + 1);
                                assertThat(distance(stages.get(i), expected.floats(key)))
                                        .as(key)
                                        .isLessThan(bounds.get(key).getAsDouble());
                            }
                            Mask2Former.Output output =
                                    detector.forward(inputs.get("a.pixel_values"));
                            assertThat(Tensors.isFinite(output.maskLogits())).isTrue();
                        }
                        return true;
                    });
        }

        private static double distance(NDArray actual, float[] expected) {
            float[] values = Tensors.toFloats(actual);
            assertThat(values).hasSameSizeAs(expected);
            double difference = 0;
            double norm = 0;
            for (int i = 0; i < values.length; i++) {
                difference += Math.pow(values[i] - (double) expected[i], 2);
                norm += Math.pow(expected[i], 2);
            }
            return Math.sqrt(difference / norm);
        }

        void names() {
            try (Weights weights = Weights.open(file())) {
                Set<String> names =
                        Golden.parse(folder.resolve("mapping.json"))
                                .getAsJsonArray()
                                .asList()
                                .stream()
                                .map(row -> row.getAsJsonArray().get(0).getAsString())
                                .collect(Collectors.toSet());
                assertThat(Mask2FormerKeys.toMmdet(weights).names())
                        .containsExactlyInAnyOrderElementsOf(names);
                JsonObject settings = Golden.json(folder.resolve("mmdet/settings.json"));
                Mask2FormerConfig config = Mask2FormerConfig.of(weights);
                assertThat(config.window()).isEqualTo(settings.get("window").getAsInt());
                assertThat(config.heads()).isEqualTo(settings.get("heads").getAsInt());
                assertThat(config.labels()).isEqualTo(settings.get("labels").getAsInt());
                assertThat(config.queries()).isEqualTo(settings.get("queries").getAsInt());
            }
        }
    }

    /** Names and shapes of the released detector, in three layouts. */
    @TestFactory
    Stream<DynamicTest> realSize() {
        JsonObject all = Golden.json(Golden.facts("geneval/mask2former_real_size.json"));
        return Stream.of("mmdet_2", "mmdet_3", "hugging_face")
                .map(
                        layout ->
                                DynamicTest.dynamicTest(
                                        layout,
                                        () ->
                                                checkRealSize(
                                                        all.getAsJsonObject(layout),
                                                        all.get("parameters").getAsLong())));
    }

    /**
     * Newer versions of transformers write a norm that no map passes through, older ones counters.
     */
    @Test
    void whatIsNotUsedIsLeftOut() {
        JsonObject all = Golden.json(Golden.facts("geneval/mask2former_real_size.json"));
        JsonObject shapes = all.getAsJsonObject("hugging_face");
        for (String unused :
                List.of(
                        "model.pixel_level_module.encoder.swin.layernorm.weight",
                        "model.pixel_level_module.encoder.layernorm.bias",
                        "criterion.empty_weight",
                        "model.pixel_level_module.encoder.encoder.layers.0.blocks.0.attention.self"
                                + ".relative_position_index")) {
            shapes.add(unused, JsonParser.parseString("[768]"));
        }
        checkRealSize(shapes, all.get("parameters").getAsLong());
        shapes.add("model.other.weight", JsonParser.parseString("[1]"));
        assertThatThrownBy(() -> checkRealSize(shapes, 0))
                .hasMessageContaining("1 unexpected [model.other.weight]");
    }

    private static void checkRealSize(JsonObject shapes, long parameters) {
        try (Weights weights = new NamedShapes(shapes(shapes));
                TensorScope scope = TensorScope.open(ai.djl.Device.cpu())) {
            assertThat(Mask2FormerConfig.of(weights)).isEqualTo(Mask2FormerConfig.swinSmall());
            Parameters all = Parameters.check(Mask2FormerKeys.toMmdet(weights), scope.manager());
            DetectorParts.of(
                    all,
                    Mask2FormerConfig.swinSmall(),
                    new DetectorPart.Loading(scope.manager(), false, false, false));
            long count = all.finish().values().stream().mapToLong(tensor -> tensor.size()).sum();
            assertThat(count).isEqualTo(parameters);
        }
    }

    private static Map<String, Shape> shapes(JsonObject json) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        for (String name : json.keySet()) {
            List<Long> shape = new ArrayList<>();
            for (JsonElement side : json.getAsJsonArray(name)) {
                shape.add(side.getAsLong());
            }
            shapes.put(name, new Shape(shape));
        }
        return shapes;
    }
}

package io.github.icthp.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.testing.Golden;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Every good file gives the reference's values exactly, and every bad one is refused. */
class WeightsParityTest {

    @TestFactory
    Stream<DynamicTest> goodFilesHoldTheReferenceValues() {
        Path folder = Golden.area("weights/good");
        return cases(folder, "files")
                .map(entry -> DynamicTest.dynamicTest(file(entry), () -> checkGood(folder, entry)));
    }

    @TestFactory
    Stream<DynamicTest> badFilesAreRefused() {
        Path folder = Golden.area("weights/bad");
        return cases(folder, "cases")
                .map(entry -> DynamicTest.dynamicTest(file(entry), () -> checkBad(folder, entry)));
    }

    private static void checkGood(Path folder, JsonObject expected) {
        try (Weights weights = Weights.open(folder.resolve(file(expected)))) {
            JsonObject tensors = expected.getAsJsonObject("tensors");
            assertThat(weights.names()).containsExactlyInAnyOrderElementsOf(tensors.keySet());
            for (Map.Entry<String, JsonElement> tensor : tensors.entrySet()) {
                checkTensor(weights, tensor.getKey(), tensor.getValue().getAsJsonObject());
            }
            if (expected.has("metadata")) {
                JsonObject metadata = expected.getAsJsonObject("metadata");
                assertThat(weights.metadata().keySet()).isEqualTo(metadata.keySet());
                metadata.keySet()
                        .forEach(
                                key ->
                                        assertThat(weights.metadata())
                                                .containsEntry(
                                                        key, metadata.get(key).getAsString()));
            }
        }
    }

    private static void checkTensor(Weights weights, String name, JsonObject expected) {
        TensorInfo info = weights.info(name);
        assertThat(TensorValues.torchName(info.type()))
                .isEqualTo(expected.get("dtype").getAsString());
        List<Long> shape = new ArrayList<>();
        expected.getAsJsonArray("shape").forEach(d -> shape.add(d.getAsLong()));
        assertThat(info.shape().getShape()).as(name).containsExactly(shape.toArray(Long[]::new));
        List<Number> values = TensorValues.of(info, weights.data(name));
        List<JsonElement> reference = expected.getAsJsonArray("values").asList();
        assertThat(values).as(name).hasSameSizeAs(reference);
        for (int i = 0; i < values.size(); i++) {
            checkValue(name + "[" + i + "]", values.get(i), reference.get(i));
        }
    }

    private static void checkValue(String what, Number value, JsonElement reference) {
        if (value instanceof Double number) {
            Double expected =
                    switch (reference.getAsString()) {
                        case "NaN" -> Double.NaN;
                        case "Infinity" -> Double.POSITIVE_INFINITY;
                        case "-Infinity" -> Double.NEGATIVE_INFINITY;
                        default -> reference.getAsDouble();
                    };
            assertThat(number).as(what).isEqualTo(expected);
        } else {
            assertThat(value.longValue()).as(what).isEqualTo(reference.getAsLong());
        }
    }

    private static void checkBad(Path folder, JsonObject expected) {
        Path path = folder.resolve(file(expected));
        if (expected.get("outcome").getAsString().equals("either")) {
            try {
                readAll(path);
            } catch (WeightsFormatException refused) {
                assertThat(refused).hasMessageContaining(path.getFileName().toString());
            }
        } else {
            assertThatThrownBy(() -> readAll(path))
                    .as(expected.get("why").getAsString())
                    .isInstanceOf(WeightsFormatException.class)
                    .hasMessageContaining(path.getFileName().toString());
        }
    }

    private static void readAll(Path path) {
        try (Weights weights = Weights.open(path)) {
            weights.names()
                    .forEach(name -> TensorValues.of(weights.info(name), weights.data(name)));
        }
    }

    private static Stream<JsonObject> cases(Path folder, String list) {
        List<JsonElement> found =
                Golden.json(folder.resolve("expected.json")).getAsJsonArray(list).asList();
        assertThat(found).isNotEmpty();
        return found.stream().map(JsonElement::getAsJsonObject);
    }

    private static String file(JsonObject entry) {
        return entry.get("file").getAsString();
    }
}

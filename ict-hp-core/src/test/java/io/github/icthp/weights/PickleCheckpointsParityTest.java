package io.github.icthp.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.hash.Hashing;
import com.google.common.primitives.Longs;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.testing.Golden;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** The containers that scorers' checkpoints come in: read bit for bit, or refused by name. */
class PickleCheckpointsParityTest {

    private static final String AREA = "scorers/pickle_checkpoints";

    @TestFactory
    Stream<DynamicTest> everyFile() {
        Path folder = Golden.area(AREA);
        JsonObject files = Golden.json(folder.resolve("expected.json")).getAsJsonObject("files");
        assertThat(files.keySet()).isNotEmpty();
        return files.keySet().stream()
                .map(
                        name ->
                                DynamicTest.dynamicTest(
                                        name,
                                        () ->
                                                check(
                                                        folder.resolve(name),
                                                        files.getAsJsonObject(name))));
    }

    private static void check(Path file, JsonObject expected) {
        switch (expected.get("outcome").getAsString()) {
            case "read" -> assertRead(file, expected);
            case "refuse" -> assertRefused(file, expected);
            case "inert_or_refuse" -> {
                try (Weights weights = Weights.open(file)) {
                    assertThat(weights.names()).isNotEmpty();
                } catch (WeightsFormatException e) {
                    assertRefused(file, expected);
                    return;
                }
                assertRead(file, expected);
            }
            default -> throw new AssertionError("unknown outcome in " + expected);
        }
    }

    private static void assertRefused(Path file, JsonObject expected) {
        String named = expected.has("must_name") ? expected.get("must_name").getAsString() : "";
        assertThatThrownBy(() -> Weights.open(file).close())
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining(file.getFileName().toString())
                .hasMessageContaining(named);
    }

    private static void assertRead(Path file, JsonObject expected) {
        JsonObject tensors = expected.getAsJsonObject("tensors");
        try (Weights weights = Weights.open(file)) {
            // Names are those of the file; a wrapper's prefix goes when a model is loaded.
            String prefix =
                    expected.has("strip_prefix") ? expected.get("strip_prefix").getAsString() : "";
            Set<String> names = new LinkedHashSet<>();
            tensors.keySet().forEach(name -> names.add(prefix + name));
            if (expected.has("unused")) {
                expected.getAsJsonArray("unused").forEach(name -> names.add(name.getAsString()));
            }
            assertThat(weights.names()).containsExactlyInAnyOrderElementsOf(names);
            tensors.keySet()
                    .forEach(
                            name ->
                                    assertTensor(
                                            weights, prefix + name, tensors.getAsJsonObject(name)));
        }
    }

    private static void assertTensor(Weights weights, String name, JsonObject expected) {
        TensorInfo info = weights.info(name);
        long[] shape =
                Longs.toArray(
                        expected.getAsJsonArray("shape").asList().stream()
                                .map(JsonElement::getAsLong)
                                .toList());
        assertThat(info.shape().getShape()).as(name).isEqualTo(shape);
        assertThat(torchName(info.type())).as(name).isEqualTo(expected.get("dtype").getAsString());
        ByteBuffer values = weights.data(name);
        assertThat(Hashing.sha256().hashBytes(values).toString())
                .as(name)
                .isEqualTo(expected.get("sha256_le").getAsString());
    }

    private static String torchName(ElementType type) {
        return switch (type) {
            case F16, F32, F64 -> type.name().replace("F", "float");
            case BF16 -> "bfloat16";
            case I8, I16, I32, I64 -> type.name().replace("I", "int");
            case U8 -> "uint8";
            case BOOL -> "bool";
            default -> type.name().toLowerCase(Locale.ROOT);
        };
    }
}

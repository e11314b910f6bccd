package io.github.icthp.mask2former;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.image.ImageDecoder;
import io.github.icthp.image.RgbImage;
import io.github.icthp.mask2former.DetectorPixels.Prepared;
import io.github.icthp.mask2former.DetectorPixels.Size;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Compares prepared pictures with mmdet's, bit for bit. */
class DetectorPixelsParityTest {

    @TestFactory
    Stream<DynamicTest> everyPicture() {
        return Golden.cases("geneval/preprocess").stream()
                .flatMap(
                        folder -> {
                            JsonArray cases =
                                    Golden.json(folder.resolve("case.json"))
                                            .getAsJsonArray("cases");
                            assertThat(cases).isNotEmpty();
                            return cases.asList().stream()
                                    .map(JsonElement::getAsJsonObject)
                                    .map(
                                            json ->
                                                    DynamicTest.dynamicTest(
                                                            json.get("name").getAsString(),
                                                            () -> check(folder, json)));
                        });
    }

    private static void check(Path folder, JsonObject json) {
        RgbImage image =
                ImageDecoder.standard().decode(folder.resolve(json.get("file").getAsString()));
        JsonArray scale = json.getAsJsonArray("scale");
        DetectorPixels pixels =
                new DetectorPixels(scale.get(0).getAsInt(), scale.get(1).getAsInt());
        DetectorPixels.Sizes sizes = pixels.sizes(image.height(), image.width());
        checkSize(sizes.resized(), json.getAsJsonArray("resized_size"));
        checkSize(sizes.padded(), json.getAsJsonArray("padded_size"));
        assertThat(sha(DetectorPixels.resize(image, sizes.resized())))
                .as("resized")
                .isEqualTo(json.get("resized_sha256").getAsString());
        Prepared prepared = pixels.prepare(image);
        ByteBuffer bytes =
                ByteBuffer.allocate(prepared.values().capacity()).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer()
                .put(prepared.values().duplicate().order(ByteOrder.nativeOrder()).asFloatBuffer());
        assertThat(sha(bytes.array()))
                .as("values")
                .isEqualTo(json.get("pixel_values_sha256_float32_le_chw").getAsString());
    }

    private static void checkSize(Size size, JsonArray expected) {
        assertThat(size)
                .isEqualTo(new Size(expected.get(1).getAsInt(), expected.get(0).getAsInt()));
    }

    private static String sha(byte[] bytes) {
        return Hashing.sha256().hashBytes(bytes).toString();
    }

    @TestFactory
    Stream<DynamicTest> table() {
        return Golden.cases("geneval/preprocess").stream()
                .map(folder -> DynamicTest.dynamicTest("table", () -> checkTable(folder)));
    }

    private static void checkTable(Path folder) {
        try (Expected expected = Expected.open(folder.resolve("values.safetensors"))) {
            float[] table = expected.floats("table");
            for (int i = 0; i < table.length; i++) {
                assertThat(DetectorPixels.value(i / 256, i % 256)).as("%s", i).isEqualTo(table[i]);
            }
        }
    }
}

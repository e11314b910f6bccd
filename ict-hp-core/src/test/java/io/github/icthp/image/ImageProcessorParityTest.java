package io.github.icthp.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.testing.Golden;
import io.github.icthp.weights.Weights;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Compares decoding, resizing and normalizing with Pillow and transformers, byte for byte. */
class ImageProcessorParityTest {

    private static final Path AREA = Golden.area("preprocess");

    @TestFactory
    Stream<DynamicTest> cases() {
        JsonArray cases = Golden.json(AREA.resolve("cases.json")).getAsJsonArray("cases");
        return StreamSupport.stream(cases.spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .map(
                        json ->
                                DynamicTest.dynamicTest(
                                        json.get("name").getAsString(), () -> check(json)));
    }

    private static void check(JsonObject json) {
        ImageDecoder decoder =
                ImageDecoder.standard()
                        .withExifOrientation(json.get("exif_transposed").getAsBoolean());
        Path file = AREA.resolve(json.get("file").getAsString());
        int size = json.get("target").getAsInt();
        ImageProcessor processor = ImageProcessor.of(ImageConfig.square(size)).withDecoder(decoder);

        RgbImage decoded = decoder.decode(file);
        checkPicture(decoded, json.getAsJsonObject("decoded_rgb"), json.get("decoded_file"));
        checkCrop(decoded, json.get("decoded_crop"));
        checkPicture(processor.resize(decoded), json.getAsJsonObject("u8"), json.get("u8_file"));
        checkValues(processor.process(List.of(ImageInput.of(file))), json, size);
    }

    private static void checkPicture(RgbImage image, JsonObject expected, JsonElement file) {
        checkCorner(image, expected, "top_left", 0, 0);
        checkCorner(image, expected, "centre", image.width() / 2, image.height() / 2);
        checkCorner(image, expected, "bottom_right", image.width() - 1, image.height() - 1);
        if (file != null && !file.isJsonNull()) {
            Path picture = AREA.resolve(file.getAsString());
            assertThat(image).isEqualTo(ImageDecoder.standard().decode(picture));
        }
        assertThat(Hashing.sha256().hashBytes(image.rgb()).toString())
                .isEqualTo(expected.get("sha256").getAsString());
    }

    private static void checkCorner(
            RgbImage image, JsonObject expected, String corner, int x, int y) {
        JsonArray color = expected.getAsJsonObject("corners").getAsJsonArray(corner);
        for (int c = 0; c < 3; c++) {
            assertThat(image.rgb()[3 * (y * image.width() + x) + c] & 0xFF)
                    .as("%s, color %d", corner, c)
                    .isEqualTo(color.get(c).getAsInt());
        }
    }

    private static void checkCrop(RgbImage image, JsonElement json) {
        if (json == null || json.isJsonNull()) {
            return;
        }
        JsonObject crop = json.getAsJsonObject();
        int left = crop.get("left").getAsInt();
        int top = crop.get("top").getAsInt();
        RgbImage expected =
                ImageDecoder.standard().decode(AREA.resolve(crop.get("file").getAsString()));
        for (int y = 0; y < expected.height(); y++) {
            int from = 3 * ((top + y) * image.width() + left);
            assertThat(ByteBuffer.wrap(image.rgb(), from, 3 * expected.width()))
                    .isEqualTo(
                            ByteBuffer.wrap(
                                    expected.rgb(),
                                    3 * y * expected.width(),
                                    3 * expected.width()));
        }
    }

    private static void checkValues(PixelBatch batch, JsonObject json, int size) {
        assertThat(batch.shape()).containsExactly(1, 3, size, size);
        FloatBuffer values = batch.data().asFloatBuffer();
        try (Weights golden = Weights.open(AREA.resolve("values.safetensors"))) {
            String name = json.get("name").getAsString();
            checkPatch(values, size, 0, floats(golden, name + ".pixel_values_top_left4"), 4);
            int middle = size / 2 - 4;
            checkPatch(values, size, middle, floats(golden, name + ".pixel_values_centre8"), 8);
        }
        ByteBuffer littleEndian =
                ByteBuffer.allocate(4 * values.capacity()).order(ByteOrder.LITTLE_ENDIAN);
        littleEndian.asFloatBuffer().put(values);
        assertThat(Hashing.sha256().hashBytes(littleEndian.array()).toString())
                .isEqualTo(
                        json.getAsJsonObject("pixel_values")
                                .get("sha256_float32_le_chw")
                                .getAsString());
    }

    /** Compares the square of {@code edge} values that starts at row and column {@code from}. */
    private static void checkPatch(
            FloatBuffer values, int size, int from, FloatBuffer expected, int edge) {
        for (int c = 0; c < 3; c++) {
            for (int y = 0; y < edge; y++) {
                for (int x = 0; x < edge; x++) {
                    assertThat(values.get((c * size + from + y) * size + from + x))
                            .as("color %d, row %d, column %d", c, from + y, from + x)
                            .isEqualTo(expected.get((c * edge + y) * edge + x));
                }
            }
        }
    }

    @Test
    void tableOfAllLevels() {
        PixelTable table = new PixelTable(ImageConfig.square(224));
        try (Weights golden = Weights.open(AREA.resolve("values.safetensors"))) {
            FloatBuffer expected = floats(golden, "table");
            for (int i = 0; i < 3 * 256; i++) {
                assertThat(table.value(i / 256, i % 256))
                        .as("level %d of color %d", i % 256, i / 256)
                        .isEqualTo(expected.get(i));
            }
        }
    }

    private static FloatBuffer floats(Weights weights, String name) {
        return weights.data(name).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    }
}

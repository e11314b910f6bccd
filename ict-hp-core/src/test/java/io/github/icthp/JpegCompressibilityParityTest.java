package io.github.icthp;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.reward.ScoreScale;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.TensorScope;

import org.junit.jupiter.api.Test;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;

/** File sizes against Pillow's, to the byte. */
class JpegCompressibilityParityTest {

    private final JpegCompressibility jpeg = JpegCompressibility.ofDefaults();
    private final Path area = Golden.area("scorers/jpeg");
    private final JsonObject expected = Golden.json(area.resolve("expected.json"));

    @Test
    void pictures() {
        List<JsonElement> pictures = expected.getAsJsonArray("pictures").asList();
        assertThat(pictures).isNotEmpty();
        for (JsonElement element : pictures) {
            JsonObject picture = element.getAsJsonObject();
            double size =
                    picture.has("file")
                            ? jpeg.kilobytes(
                                    Golden.area("").resolve(picture.get("file").getAsString()))
                            : jpeg.kilobytes(ImageSource.of("drawn", drawn(picture)));
            assertThat(size).as("%s", picture).isEqualTo(picture.get("kB").getAsDouble());
            if (picture.has("file")) {
                PromptImage pair =
                        PromptImage.of(
                                "", Golden.area("").resolve(picture.get("file").getAsString()));
                assertThat(jpeg.score(pair, ScoreScale.MINUS_KILOBYTES).value()).isEqualTo(-size);
                assertThat(jpeg.score(pair, ScoreScale.MINUS_KILOBYTES_OF_500).value())
                        .isEqualTo(-size / 500);
            }
        }
    }

    @Test
    void floatPixels() {
        JsonObject whole = expected.getAsJsonObject("from_float");
        Path file = area.resolveSibling(whole.get("file").getAsString());
        TensorScope scope = TensorScope.open(Device.cpu());
        try (scope;
                Expected picture = Expected.open(file)) {
            NDArray pixels = picture.get("pixels").expandDims(0);
            double size = whole.get("kB").getAsDouble();
            assertThat(jpeg.kilobytes(pixels.concat(pixels))).containsExactly(size, size);
        }
    }

    /** The formulas of the expected file. */
    private static BufferedImage drawn(JsonObject picture) {
        int height = picture.get("height").getAsInt();
        int width = picture.get("width").getAsInt();
        long salt = picture.get("s").getAsLong();
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int rgb = 0;
                for (int c = 0; c < 3; c++) {
                    rgb = rgb << 8 | (int) value(picture, c, x, y, salt);
                }
                image.setRGB(x, y, rgb);
            }
        }
        return image;
    }

    private static long value(JsonObject picture, int c, long x, long y, long s) {
        long right = Math.max(1, picture.get("width").getAsLong() - 1);
        long bottom = Math.max(1, picture.get("height").getAsLong() - 1);
        return switch (picture.get("drawn").getAsString()) {
            case "flat" -> s * new int[] {1, 7, 13}[c] % 256;
            case "ramp" -> new long[] {255 * x / right, 255 * y / bottom, (x + y) * s % 256}[c];
            case "checks" ->
                    new long[] {
                                255 * ((x / 3 + y / 5) % 2),
                                200 * ((x / 8 + y / 8) % 2),
                                x * y % 256
                            }
                            [c];
            case "noise" -> noise(c, x, y, s);
            default -> throw new AssertionError("no formula for " + picture);
        };
    }

    private static long noise(int c, long x, long y, long s) {
        long modulus = 1L << 31;
        long v = (1103515245L * x + 12345L * 69069L * y + 2654435761L * (c + 1) * s) % modulus;
        v = (1103515245L * v + 12345L) % modulus;
        return (v >> 16) % 256;
    }
}

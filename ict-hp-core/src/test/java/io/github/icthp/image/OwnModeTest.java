package io.github.icthp.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

import javax.imageio.ImageIO;

/**
 * Pictures resized in the mode of their file: hashes of the bytes that Pillow 12.3 gives for {@code
 * resize(..., BICUBIC)}, a center crop with its offset rounded by Python, and {@code
 * convert("RGB")}.
 */
class OwnModeTest {

    private static final String FOLDER = "modes/";

    @TestFactory
    Stream<DynamicTest> everyMode() throws IOException {
        JsonObject files =
                JsonParser.parseString(new String(bytes("expected.json"), StandardCharsets.UTF_8))
                        .getAsJsonObject();
        return files.keySet().stream()
                .flatMap(
                        file ->
                                files.getAsJsonObject(file).keySet().stream()
                                        .filter(size -> !size.equals("mode"))
                                        .map(
                                                size ->
                                                        DynamicTest.dynamicTest(
                                                                file + " " + size,
                                                                () ->
                                                                        check(
                                                                                file,
                                                                                size,
                                                                                files
                                                                                        .getAsJsonObject(
                                                                                                file)))));
    }

    private static void check(String file, String size, JsonObject expected) throws IOException {
        RgbImage picture = ImageDecoder.standard().decode(bytes(file), file);
        String hash = hash(picture, Integer.parseInt(size));
        assertThat(hash).startsWith(expected.get(size).getAsString());
    }

    private static String hash(RgbImage picture, int size) {
        RgbImage resized = ownMode(size).resize(picture);
        return Hashing.sha256().hashBytes(resized.rgb()).toString();
    }

    private static ImageProcessor ownMode(int size) {
        return ImageProcessor.of(ImageConfig.square(size)).inOwnMode();
    }

    private static byte[] bytes(String name) throws IOException {
        try (InputStream in = OwnModeTest.class.getResourceAsStream(FOLDER + name)) {
            return in.readAllBytes();
        }
    }

    @Test
    void picturesInMemoryKeepTheirMode() throws IOException {
        for (String file : new String[] {"rgba.png", "palette.bmp", "rgb.bmp"}) {
            BufferedImage image;
            try (InputStream in = OwnModeTest.class.getResourceAsStream(FOLDER + file)) {
                image = ImageIO.read(in);
            }
            RgbImage fromFile = ImageDecoder.standard().decode(bytes(file), file);
            assertThat(hash(ImageDecoder.standard().decode(image), 16))
                    .as(file)
                    .isEqualTo(hash(fromFile, 16));
        }
    }

    @Test
    void otherProcessorsConvertFirst() throws IOException {
        for (String file : new String[] {"rgba.png", "palette.bmp"}) {
            RgbImage picture = ImageDecoder.standard().decode(bytes(file), file);
            RgbImage plain = RgbImage.of(picture.width(), picture.height(), picture.rgb());
            ImageProcessor usual = ImageProcessor.of(ImageConfig.square(16));
            assertThat(usual.resize(picture)).isEqualTo(usual.resize(plain));
            assertThat(ownMode(16).resize(picture)).isNotEqualTo(usual.resize(plain));
        }
    }
}

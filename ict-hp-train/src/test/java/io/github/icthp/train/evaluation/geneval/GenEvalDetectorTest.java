package io.github.icthp.train.evaluation.geneval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.image.ImageDecoder;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import javax.imageio.ImageIO;

/** The networks together: objects, their masks and colors, in one picture. */
class GenEvalDetectorTest {

    private static final Path DETECTORS =
            Path.of("../ict-hp-core/src/test/resources/golden/geneval/mask2former");
    private static final Path CLIP = Golden.sample("geneval/colour/clip");

    /** Random weights are never sure of anything. */
    private static final GenEvalSettings UNSURE = new GenEvalSettings(0.01, 0.01, 16, 1, 0.1);

    @TempDir private Path folder;

    private static GenEvalDetector load(String detector) {
        return GenEvalDetector.load(
                DETECTORS.resolve(detector).resolve("hf"),
                CLIP,
                Optional.empty(),
                Devices.tested(),
                DType.FLOAT32);
    }

    @Test
    void objectsHaveColors() throws IOException {
        BufferedImage image = new BufferedImage(48, 32, BufferedImage.TYPE_INT_RGB);
        for (int x = 0; x < 48; x++) {
            for (int y = 0; y < 32; y++) {
                image.setRGB(x, y, new Color(x * 5, y * 8, (x * y) % 256).getRGB());
            }
        }
        GenEvalFolder layout = new GenEvalFolder(folder.resolve("pictures"));
        try (GenEvalDetector networks = load("window7")) {
            Path picture = folder.resolve("picture.png");
            ImageIO.write(image, "png", picture.toFile());
            Map<String, List<Detection>> found =
                    networks.find(ImageDecoder.standard().decode(picture), 0.01).detections();
            String name =
                    found.entrySet().stream()
                            .filter(entry -> !entry.getValue().isEmpty())
                            .findFirst()
                            .orElseThrow()
                            .getKey();
            layout.write(
                    List.of(
                            GenEvalPrompt.parse(
                                    "{\"tag\":\"colors\",\"include\":[{\"class\":\""
                                            + name
                                            + "\",\"count\":1,\"color\":\"red\"}],\"prompt\":\"p\"}")));
            ImageIO.write(image, "png", layout.sample(0, 0).toFile());
            GenEvalRow row =
                    GenEval.of(layout.folder())
                            .samples(1)
                            .settings(UNSURE)
                            .run(networks)
                            .rows()
                            .get(0);
            assertThat(Details.read(row.details()).get(name))
                    .hasSameSizeAs(found.get(name).stream().limit(16).toList());
            assertThat(
                            row.correct()
                                    || row.reason()
                                            .matches(
                                                    "expected red "
                                                            + name
                                                            + ">=1, found 0 red; and 1 [a-z]+"))
                    .as(row.reason())
                    .isTrue();
        }
    }

    @Test
    void aDetectorOfOtherClassesIsRefused() {
        assertThatThrownBy(() -> load("tiny"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected a detector of COCO's 80 classes, got 5");
    }
}

package io.github.icthp.examples.miniature;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.icthp.ImageSource;
import io.github.icthp.examples.Ran;
import io.github.icthp.examples.world.DrawnWorld;
import io.github.icthp.examples.world.Scene;
import io.github.icthp.train.data.PickHighDataset;
import io.github.icthp.train.data.PreferenceTriplet;
import io.github.icthp.train.data.Split;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;

import javax.imageio.ImageIO;

/** The verb world. */
class WorldCommandTest {

    @TempDir private Path folder;

    @Test
    void writesWhatTheDataSetReadsBack() throws IOException {
        Ran ran =
                Ran.command(
                        "world",
                        "--out",
                        folder.toString(),
                        "--train",
                        "3",
                        "--validation",
                        "2",
                        "--test",
                        "0",
                        "--seed",
                        "7",
                        "--side",
                        "32");
        assertThat(ran.exit()).isZero();
        assertThat(ran.out()).contains("3, 2 and 0 triplets");
        Scene drawn = DrawnWorld.seed(7).side(32).split(Split.TRAIN).scene(2);
        try (PickHighDataset read = PickHighDataset.open(folder, Split.TRAIN)) {
            assertThat(read.size()).hasValue(3);
            PreferenceTriplet triplet = read.get(2);
            assertThat(triplet.easyPrompt()).isEqualTo(drawn.easyPrompt());
            assertThat(triplet.refinedPrompt()).isEqualTo(drawn.refinedPrompt());
            assertThat(triplet.targets()).isEmpty();
            ImageSource.File file = (ImageSource.File) triplet.images().refined();
            BufferedImage picture = ImageIO.read(file.path().toFile());
            BufferedImage expected = drawn.refined();
            for (int i = 0; i < 32 * 32; i++) {
                assertThat(picture.getRGB(i % 32, i / 32) & 0xffffff)
                        .isEqualTo(expected.getRGB(i % 32, i / 32) & 0xffffff);
            }
        }
        try (PickHighDataset read = PickHighDataset.open(folder, Split.VAL)) {
            assertThat(read.size()).hasValue(2);
        }
    }
}

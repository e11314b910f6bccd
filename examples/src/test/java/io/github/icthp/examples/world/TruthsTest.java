package io.github.icthp.examples.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.train.data.Split;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;

class TruthsTest {

    private static final int SCENES = 150;

    private static double shareTrue(int side, Function<Scene, BufferedImage> picture) {
        WorldSplit world = DrawnWorld.seed(3).side(side).faultless().split(Split.VAL);
        long kept =
                world.first(SCENES).stream(0)
                        .map(triplet -> world.scene(triplet.row()))
                        .filter(s -> Truths.of(picture.apply(s)).check(s.content()).all())
                        .count();
        return (double) kept / SCENES;
    }

    @ParameterizedTest
    @CsvSource({"64, 0.99", "48, 0.97", "32, 0.92"})
    void rightPicturesKeepTheirPrompts(int side, double least) {
        assertThat(shareTrue(side, Scene::preferred)).isGreaterThanOrEqualTo(least);
        assertThat(shareTrue(side, Scene::refined)).isGreaterThanOrEqualTo(least);
    }

    @Test
    void violationsAreFoundAndNamed() {
        WorldSplit world = DrawnWorld.seed(3).split(Split.VAL);
        for (int row = 0; row < SCENES; row++) {
            Scene scene = world.scene(row);
            if (scene.violates()) {
                Truths seen = Truths.of(scene.rejected());
                assertThat(seen.check(scene.content()).all()).as(scene.easyPrompt()).isFalse();
                assertThat(seen.check(scene.rejectedContent()).all())
                        .as(scene.rejectedContent().prompt())
                        .isTrue();
            }
        }
    }

    /** What a preferred picture misses can be seen, and nothing else is wrong with it. */
    @Test
    void missedDetailsAreFoundAndNamed() {
        WorldSplit world = new DrawnWorld(3, 64, 1).split(Split.VAL);
        for (int row = 0; row < SCENES; row++) {
            Scene scene = world.scene(row);
            Truths seen = Truths.of(scene.preferred());
            assertThat(seen.check(scene.content()).all()).as(scene.easyPrompt()).isFalse();
            assertThat(seen.check(scene.preferredContent()).all())
                    .as(scene.preferredContent().prompt())
                    .isTrue();
            assertThat(scene.rejectedContent()).isNotEqualTo(scene.content());
        }
    }

    @Test
    void everyShapeAndColorIsToldApart() {
        for (Color color : Color.values()) {
            for (Figure figure : Figure.values()) {
                PlacedThing thing = new PlacedThing(figure, color, 0.4, 0.6, 0.2, 0.1);
                BufferedImage picture =
                        PlainPainter.paint(List.of(thing), 48, new SplittableRandom(1)).toImage();
                FoundThing found = Truths.of(picture).things().get(0);
                assertThat(found.color()).isEqualTo(color);
                assertThat(found.figure()).isEqualTo(figure);
                assertThat(found.likeness()).isGreaterThan(0.7);
            }
        }
    }

    @Test
    void sceneriesHoldNoThings() {
        for (Backdrop backdrop : Backdrop.values()) {
            for (Light light : Light.values()) {
                SceneStyle style = new SceneStyle(Material.STONE, backdrop, light);
                BufferedImage picture = RichPainter.paint(List.of(), style, 64, 5).toImage();
                assertThat(Truths.of(picture).things()).as("%s %s", backdrop, light).isEmpty();
            }
        }
    }

    @Test
    void aPictureMustBeSquare() {
        BufferedImage wide = new BufferedImage(4, 3, BufferedImage.TYPE_INT_RGB);
        assertThatThrownBy(() -> Truths.of(wide))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4 x 3");
    }
}

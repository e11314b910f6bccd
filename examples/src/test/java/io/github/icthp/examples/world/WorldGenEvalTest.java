package io.github.icthp.examples.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.image.RgbImage;
import io.github.icthp.train.evaluation.geneval.Detection;
import io.github.icthp.train.evaluation.geneval.GenEvalPrompt;
import io.github.icthp.train.evaluation.geneval.GenEvalRow;
import io.github.icthp.train.evaluation.geneval.GenEvalRules;
import io.github.icthp.train.evaluation.geneval.GenEvalSettings;
import io.github.icthp.train.evaluation.geneval.GenEvalSummary;
import io.github.icthp.train.evaluation.geneval.PictureDetector;

import org.junit.jupiter.api.Test;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.SplittableRandom;

class WorldGenEvalTest {

    private static final WorldGenEval TASKS =
            WorldGenEval.of(DrawnWorld.seed(3).side(48).faultless(), 12);
    private static final Things STAR = Things.of(1, Color.RED, Figure.STAR);
    private static final Things RING = Things.of(1, Color.CYAN, Figure.RING);

    @Test
    void rightDrawingsPassEveryTask() {
        List<GenEvalRow> rows = TASKS.judge(TASKS.scenes().stream().map(Scene::preferred).toList());
        GenEvalSummary summary = GenEvalSummary.of(rows);
        assertThat(summary.tasks().keySet()).containsExactlyElementsOf(WorldGenEval.TASKS);
        assertThat(summary.tasks().values()).allMatch(task -> task.images() == 12);
        assertThat(summary.overall()).isGreaterThan(0.95);
    }

    @Test
    void drawingsOfOtherScenesFail() {
        List<BufferedImage> others =
                TASKS.scenes().stream()
                        .map(s -> drawing(new SceneContent(List.of(RING, STAR), Relation.ABOVE)))
                        .toList();
        assertThat(GenEvalSummary.of(TASKS.judge(others)).overall()).isLessThan(0.4);
    }

    @Test
    void eachTaskSeesItsOwnMistake() {
        SceneContent pair = new SceneContent(List.of(STAR, RING), Relation.LEFT_OF);
        SceneContent joined = new SceneContent(List.of(STAR, RING), Relation.AND);
        SceneContent three = SceneContent.of(Things.of(3, Color.BLUE, Figure.HEART));
        SceneContent one = SceneContent.of(STAR);
        assertThat(right("position", pair, pair)).isTrue();
        assertThat(right("position", pair, new SceneContent(List.of(RING, STAR), Relation.LEFT_OF)))
                .isFalse();
        assertThat(right("counting", three, three)).isTrue();
        for (int count : new int[] {2, 4}) {
            SceneContent other = SceneContent.of(Things.of(count, Color.BLUE, Figure.HEART));
            assertThat(right("counting", three, other)).as("%s hearts", count).isFalse();
        }
        SceneContent blue = SceneContent.of(STAR.withColor(Color.BLUE));
        assertThat(right("colors", one, one)).isTrue();
        assertThat(right("colors", one, blue)).isFalse();
        assertThat(right("single_object", one, blue)).isTrue();
        assertThat(right("single_object", one, SceneContent.of(RING))).isFalse();
        SceneContent swapped =
                new SceneContent(
                        List.of(STAR.withColor(Color.CYAN), RING.withColor(Color.RED)),
                        Relation.AND);
        assertThat(right("two_object", joined, swapped)).isTrue();
        assertThat(right("color_attr", joined, joined)).isTrue();
        assertThat(right("color_attr", joined, swapped)).isFalse();
        assertThat(right("two_object", joined, one)).isFalse();
    }

    private static boolean right(String task, SceneContent asked, SceneContent drawn) {
        GenEvalPrompt prompt =
                WorldGenEval.prompts(asked).stream()
                        .filter(p -> p.tag().equals(task))
                        .findFirst()
                        .orElseThrow();
        PictureDetector.Found found = WorldDetector.find(drawing(drawn));
        return GenEvalRules.GENEVAL
                .judge(prompt, found.detections(), GenEvalSettings.PUBLISHED, found.colors())
                .correct();
    }

    private static BufferedImage drawing(SceneContent content) {
        SplittableRandom random = new SplittableRandom(5);
        return PlainPainter.paint(new Layout(random).place(content), 48, random).toImage();
    }

    @Test
    void detectorsFindBoxesInPixels() {
        PlacedThing thing = new PlacedThing(Figure.SQUARE, Color.GREEN, 0.25, 0.5, 0.2, 0);
        BufferedImage picture =
                PlainPainter.paint(List.of(thing), 64, new SplittableRandom(1)).toImage();
        byte[] rgb = new byte[3 * 64 * 64];
        for (int i = 0; i < 64 * 64; i++) {
            int pixel = picture.getRGB(i % 64, i / 64);
            rgb[3 * i] = (byte) (pixel >> 16);
            rgb[3 * i + 1] = (byte) (pixel >> 8);
            rgb[3 * i + 2] = (byte) pixel;
        }
        PictureDetector.Found found = new WorldDetector().find(RgbImage.of(64, 64, rgb), 0.3);
        assertThat(found.detections()).containsOnlyKeys("square");
        Detection box = found.detections().get("square").get(0);
        assertThat((box.left() + box.right()) / 2).isBetween(15f, 17f);
        assertThat((box.top() + box.bottom()) / 2).isBetween(31f, 33f);
        assertThat(box.right() - box.left()).isBetween(16f, 20f);
    }

    @Test
    void picturesMustBeOneOfEachScene() {
        assertThatThrownBy(() -> TASKS.judge(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("48");
    }
}

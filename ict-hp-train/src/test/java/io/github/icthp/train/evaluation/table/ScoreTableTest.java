package io.github.icthp.train.evaluation.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.base.Splitter;

import io.github.icthp.ImageSource;
import io.github.icthp.PromptImage;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.reward.ScoreScale;
import io.github.icthp.train.data.DatasetException;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Cell;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Change;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Failure;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Win;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import javax.imageio.ImageIO;

class ScoreTableTest {

    private static final int PROMPTS = 50;

    @TempDir Path folder;

    /** Pictures named "model condition prompt": the fake scores are functions of these names. */
    private static List<PictureRow> rows(String... models) {
        List<PictureRow> rows = new ArrayList<>();
        for (String model : models) {
            for (PromptCondition condition : PromptCondition.values()) {
                for (int prompt = 0; prompt < PROMPTS; prompt++) {
                    rows.add(row(model, condition, prompt, ""));
                }
            }
        }
        return rows;
    }

    private static PictureRow row(
            String model, PromptCondition condition, int prompt, String more) {
        return new PictureRow(
                model,
                condition,
                "p" + prompt,
                "a thing, number " + prompt,
                ImageSource.of(
                        model + " " + condition.label() + " " + prompt + more,
                        new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB)));
    }

    private static int prompt(PromptImage pair) {
        return Integer.parseInt(Splitter.on(' ').splitToList(pair.image().name()).get(2));
    }

    /** B is 0.1 better than A; refined is 0.2 better for even prompts and 0.1 worse for others. */
    private static double score(PromptImage pair) {
        String name = pair.image().name();
        double model = name.startsWith("B") ? 0.1 : 0;
        double refined = name.contains(" refined ") ? (prompt(pair) % 2 == 0 ? 0.2 : -0.1) : 0;
        return prompt(pair) / 100.0 + model + refined;
    }

    private static FakeColumn clip() {
        return FakeColumn.of(RewardKind.clip(ScoreScale.COSINE), ScoreTableTest::score);
    }

    private static FakeColumn aesthetic() {
        return FakeColumn.of(RewardKind.AESTHETIC, pair -> 5 - prompt(pair) / 100.0);
    }

    private static ScoreTable table(List<PictureRow> rows) {
        return ScoreTable.of(PictureRows.of("test <rows>", rows)).resamples(200).seed(7);
    }

    @Test
    void meansDifferencesAndWinsOverPrompts() throws IOException {
        ScoreTableResult found =
                table(rows("A", "B"))
                        .add("CLIP", ScoreTableTest::clip)
                        .add("Aes", ScoreTableTest::aesthetic)
                        .run();
        assertThat(found.rows()).isEqualTo(200);
        assertThat(found.prompts()).isEqualTo(PROMPTS);
        Cell base = found.cell("A", PromptCondition.BASE, "CLIP").orElseThrow();
        assertThat(base.mean().value()).isCloseTo(0.245, within(1e-12));
        assertThat(base.images()).isEqualTo(PROMPTS);
        // The standard error of 0..0.49 over 50 prompts is 0.0204.
        assertThat(base.mean().low()).isCloseTo(0.245 - 1.96 * 0.0204, within(0.01));
        assertThat(base.mean().high()).isCloseTo(0.245 + 1.96 * 0.0204, within(0.01));
        Change change = found.change("B", "CLIP").orElseThrow();
        assertThat(change.difference().value()).isCloseTo(0.05, within(1e-12));
        // Paired: the prompts' own spread, far larger, plays no part.
        assertThat(change.difference().low()).isBetween(0.0, 0.03);
        assertThat(change.wins().value()).isEqualTo(0.5);
        Win win = found.wins().get(0);
        assertThat(win.first() + win.second()).isEqualTo("AB");
        assertThat(win.share().value()).isZero();
        assertThat(win.share().high()).isZero();
        Win ties = found.wins().get(2);
        assertThat(ties.column()).isEqualTo("Aes");
        assertThat(ties.share().value()).isEqualTo(0.5);
        assertThat(ties.ties()).isEqualTo(PROMPTS);
    }

    @Test
    void picturesOfAPromptCountAsOne() throws IOException {
        List<PictureRow> rows =
                List.of(
                        row("A", PromptCondition.BASE, 0, ""),
                        row("A", PromptCondition.BASE, 10, " first"),
                        row("A", PromptCondition.BASE, 10, " second"));
        ScoreTableResult found = table(rows).add("CLIP", ScoreTableTest::clip).run();
        Cell cell = found.cells().get(0);
        assertThat(cell.mean().value()).isCloseTo(0.05, within(1e-12));
        assertThat(cell.mean().prompts()).isEqualTo(2);
        assertThat(cell.images()).isEqualTo(3);
        assertThat(found.changes()).isEmpty();
        assertThat(found.wins()).isEmpty();
    }

    @Test
    void aModelWithOneConditionHasNoChangeAndOthersDo() throws IOException {
        List<PictureRow> rows = rows("A");
        rows.add(row("C", PromptCondition.REFINED, 3, ""));
        ScoreTableResult found = table(rows).add("CLIP", ScoreTableTest::clip).run();
        assertThat(found.changes()).extracting(Change::model).containsExactly("A");
        assertThat(found.wins())
                .extracting(Win::condition)
                .containsExactly(PromptCondition.REFINED);
        assertThat(found.wins().get(0).share().prompts()).isEqualTo(1);
        assertThat(ScoreTableReport.of(found).toText())
                .contains("C refined")
                .doesNotContain("C base");
    }

    @Test
    void eachPictureIsDecodedOnceForAllColumns() throws IOException {
        AtomicInteger drawn = new AtomicInteger();
        List<PictureRow> rows = new ArrayList<>();
        for (int prompt = 0; prompt < PROMPTS; prompt++) {
            rows.add(
                    new PictureRow(
                            "A",
                            PromptCondition.BASE,
                            "p" + prompt,
                            "text",
                            new ImageSource.Drawn(
                                    "A base " + prompt,
                                    () -> {
                                        drawn.incrementAndGet();
                                        return new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
                                    })));
        }
        List<FakeColumn> models = new ArrayList<>();
        ScoreTable table = table(rows);
        for (int i = 0; i < 3; i++) {
            models.add(new FakeColumn(RewardKind.HPS, "fake", true, pair -> prompt(pair) / 100.0));
            table.add("column " + i, supplier(models, i));
        }
        ScoreTableResult together = table.run();
        assertThat(drawn).hasValue(PROMPTS);
        assertThat(models).allMatch(model -> model.closed);
        ScoreTableResult apart = table.oneModelAtATime().run();
        assertThat(drawn).hasValue(4 * PROMPTS);
        assertThat(apart).isEqualTo(together);
    }

    private static Supplier<ColumnModel> supplier(List<FakeColumn> models, int place) {
        return () -> models.get(place);
    }

    @Test
    void damagedAndMissingPicturesFailAlone() throws IOException {
        Path good = picture("good.png");
        Path damaged = Files.writeString(folder.resolve("damaged.png"), "no picture");
        Path missing = folder.resolve("missing.png");
        List<PictureRow> rows = new ArrayList<>();
        for (Path file : List.of(damaged, good, missing)) {
            rows.add(
                    new PictureRow(
                            "A",
                            PromptCondition.BASE,
                            file.getFileName().toString(),
                            "text",
                            ImageSource.of(file)));
        }
        List<Failure> told = new ArrayList<>();
        ScoreTableResult found =
                table(rows)
                        .add("X", () -> new FakeColumn(RewardKind.HPS, "f", true, pair -> 0.5))
                        .add("Y", () -> new FakeColumn(RewardKind.HPS, "f", true, pair -> 0.5))
                        .failures(told::add)
                        .run();
        assertThat(found.failed()).isEqualTo(2);
        assertThat(found.failures()).isEqualTo(told);
        assertThat(told).extracting(Failure::row).containsExactly(1, 3);
        assertThat(told).extracting(Failure::column).containsOnly("X");
        assertThat(told.get(1).error()).contains("missing.png");
        assertThat(found.cells().get(0).images()).isEqualTo(1);
        assertThat(ScoreTableReport.of(found).toText())
                .contains(
                        "(2 pictures without a score)", "damaged.png", "Pictures without a score");
    }

    private Path picture(String name) throws IOException {
        Path file = folder.resolve(name);
        ImageIO.write(new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB), "png", file.toFile());
        return file;
    }

    @Test
    void aKilledTableResumesAndIsTheSame() throws IOException {
        Path state = folder.resolve("scores.jsonl");
        List<PictureRow> rows = rows("A", "B");
        String whole =
                ScoreTableReport.of(
                                table(rows)
                                        .add("CLIP", ScoreTableTest::clip)
                                        .add("Aes", ScoreTableTest::aesthetic)
                                        .run())
                        .toJson();
        FakeColumn killed = aesthetic();
        killed.patience = 70;
        FakeColumn before = clip();
        assertThatThrownBy(
                        () ->
                                table(rows)
                                        .state(state)
                                        .add("CLIP", () -> before)
                                        .add("Aes", () -> killed)
                                        .run())
                .isInstanceOf(FakeColumn.Killed.class);
        assertThat(killed.closed).isTrue();
        // A process that is killed may leave half a line.
        Files.writeString(state, "{\"row\":\"12", StandardOpenOption.APPEND);
        FakeColumn first = clip();
        FakeColumn second = aesthetic();
        ScoreTableResult resumed =
                table(rows).state(state).add("CLIP", () -> first).add("Aes", () -> second).run();
        assertThat(ScoreTableReport.of(resumed).toJson()).isEqualTo(whole);
        // Three blocks of 32 were there of the first column, two of the second.
        assertThat(first.asked).hasSize(200 - 96);
        assertThat(second.asked).hasSize(200 - 64);
        FakeColumn third = clip();
        ScoreTableResult again =
                table(rows)
                        .state(state)
                        .add("CLIP", () -> third)
                        .add("Aes", ScoreTableTest::aesthetic)
                        .run();
        assertThat(third.asked).isEmpty();
        assertThat(again).isEqualTo(resumed);
    }

    @Test
    void onlyNewColumnsAndNewRowsAreComputed() throws IOException {
        Path state = folder.resolve("scores.jsonl");
        table(rows("A")).state(state).add("CLIP", ScoreTableTest::clip).run();
        FakeColumn clip = clip();
        FakeColumn aesthetic = aesthetic();
        ScoreTableResult found =
                table(rows("A", "B"))
                        .state(state)
                        .add("Aes", () -> aesthetic)
                        .add("CLIP", () -> clip)
                        .run();
        // 100 rows were there; the block that they end in is computed whole.
        assertThat(clip.asked).hasSize(200 - 96);
        assertThat(aesthetic.asked).hasSize(200);
        assertThat(found)
                .isEqualTo(
                        table(rows("A", "B"))
                                .add("Aes", ScoreTableTest::aesthetic)
                                .add("CLIP", ScoreTableTest::clip)
                                .run());
    }

    @Test
    void failuresOfAnEarlierRunAreListedAgain() throws IOException {
        Path state = folder.resolve("scores.jsonl");
        Path file = Files.writeString(folder.resolve("x.png"), "no picture");
        List<PictureRow> rows =
                List.of(
                        new PictureRow(
                                "A", PromptCondition.BASE, "p", "text", ImageSource.of(file)));
        ScoreTableResult first = failing(rows, state).run();
        assertThat(first.cells()).isEmpty();
        assertThat(failing(rows, state).run()).isEqualTo(first);
        assertThat(ScoreTableReport.of(first).withPublished().toHtml().toHtml()).contains("x.png");
        assertThat(ScoreTableReport.of(first).toPng()).isNotEmpty();
        // A repaired picture is another file.
        Files.copy(picture("y.png"), file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(failing(rows, state).run().failed()).isZero();
    }

    private static ScoreTable failing(List<PictureRow> rows, Path state) {
        return table(rows)
                .state(state)
                .add("X", () -> new FakeColumn(RewardKind.HPS, "fake", true, pair -> 0.5));
    }

    @Test
    void scoresOfOtherWeightsAreRefused() throws IOException {
        Path state = folder.resolve("scores.jsonl");
        table(rows("A")).state(state).add("CLIP", ScoreTableTest::clip).run();
        ScoreTable other =
                table(rows("A"))
                        .state(state)
                        .add("CLIP", () -> new FakeColumn(RewardKind.HPS, "others", false, p -> 0));
        assertThatThrownBy(other::run)
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("column CLIP")
                .hasMessageContaining("others");
        Path mine = Files.writeString(folder.resolve("mine.txt"), "my own text");
        assertThatThrownBy(
                        () -> table(rows("A")).state(mine).add("CLIP", ScoreTableTest::clip).run())
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("not a file of a score table");
        assertThat(mine).hasContent("my own text");
        Files.writeString(state, "nonsense\n", StandardOpenOption.APPEND);
        assertThatThrownBy(
                        () -> table(rows("A")).state(state).add("CLIP", ScoreTableTest::clip).run())
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("line 103");
    }

    @Test
    void weightsThatChangedInPlaceAreRefused() throws IOException {
        Path state = folder.resolve("scores.jsonl");
        Path weights = Files.writeString(folder.resolve("w.safetensors"), "1");
        Supplier<ColumnModel> model =
                () -> new FakeColumn(RewardKind.HPS, weights.toString(), false, pair -> 0.5);
        table(rows("A")).state(state).add("X", model).run();
        table(rows("A")).state(state).add("X", model).run();
        Files.writeString(weights, "22");
        assertThatThrownBy(() -> table(rows("A")).state(state).add("X", model).run())
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("made otherwise");
    }

    @Test
    void aFolderOfWeightsThatChangedInPlaceIsRefused() throws IOException {
        Path state = folder.resolve("scores.jsonl");
        Path head = Files.createDirectories(folder.resolve("HP/hp_scorer"));
        Files.writeString(head.resolve("mlp.safetensors"), "1");
        Supplier<ColumnModel> model =
                () -> new FakeColumn(RewardKind.HP, head.toString(), false, pair -> 0.5);
        table(rows("A")).state(state).add("X", model).run();
        table(rows("A")).state(state).add("X", model).run();
        Files.writeString(head.resolve("mlp.safetensors"), "22");
        assertThatThrownBy(() -> table(rows("A")).state(state).add("X", model).run())
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("made otherwise");
    }

    @Test
    void refusesWhatIsNoTable() {
        assertThatThrownBy(() -> table(rows("A")).run())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("name columns");
        assertThatThrownBy(() -> table(List.of()).add("CLIP", ScoreTableTest::clip).run())
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("has no rows");
        List<PictureRow> twice = rows("A");
        twice.add(twice.get(3));
        assertThatThrownBy(() -> table(twice).add("CLIP", ScoreTableTest::clip).run())
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("rows 4 and 101")
                .hasMessageContaining("A, base, prompt p3");
        assertThatThrownBy(
                        () ->
                                table(rows("A"))
                                        .add("X", ScoreTableTest::clip)
                                        .add("X", ScoreTableTest::clip))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(
                        () ->
                                table(rows("A"))
                                        .add(
                                                "X",
                                                () ->
                                                        FakeColumn.of(
                                                                RewardKind.HPS, pair -> Double.NaN))
                                        .run())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("X gives NaN for A base 0");
        assertThatThrownBy(() -> table(rows("A")).resamples(0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}

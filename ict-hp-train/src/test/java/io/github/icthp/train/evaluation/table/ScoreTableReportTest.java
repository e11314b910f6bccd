package io.github.icthp.train.evaluation.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import io.github.icthp.ImageSource;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.reward.ScoreScale;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import javax.imageio.ImageIO;

class ScoreTableReportTest {

    @TempDir Path folder;

    private static ScoreTableResult result() throws IOException {
        List<PictureRow> rows = new ArrayList<>();
        for (String model : List.of("SDXL", "<b>mine|</b>")) {
            for (PromptCondition condition : PromptCondition.values()) {
                for (int prompt = 0; prompt < 20; prompt++) {
                    rows.add(
                            new PictureRow(
                                    model,
                                    condition,
                                    "p" + prompt,
                                    "text",
                                    ImageSource.of(
                                            condition.label() + prompt,
                                            new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB))));
                }
            }
        }
        return ScoreTable.of(PictureRows.of("rows", rows))
                .resamples(100)
                .add(
                        "CLIP 100",
                        () ->
                                FakeColumn.of(
                                        RewardKind.clip(ScoreScale.CLIP_SCORE_100),
                                        pair -> 30 - pair.image().name().length()))
                .add(
                        "HP",
                        () ->
                                FakeColumn.of(
                                        RewardKind.HP,
                                        pair -> 0.5 + 0.01 * pair.image().name().length()))
                .run();
    }

    @Test
    void saysScalesAndDirections() throws IOException {
        String text = ScoreTableReport.of(result()).toText();
        assertThat(text)
                .contains("80 pictures of 20 prompts, 2 models, from rows")
                .contains("Mean scores", "SDXL base ", "SDXL refined ", "↓", "↑")
                .contains("CLIP 100  ", "100 x max(cosine, 0)", "sigmoid", "not averaged")
                .contains("SDXL over <b>mine|</b>", "50.0 [50.0, 50.0]")
                .doesNotContain("Table 6");
    }

    @Test
    void showsTable6BesideWhatHasItsScale() throws IOException {
        String text = ScoreTableReport.of(result()).withPublished().toText();
        // HP is on the published scale, 100 x cosine is not.
        assertThat(text)
                .containsPattern("SDXL base, published +- +0\\.772\n")
                .containsPattern("SDXL refined, published +- +0\\.776\n")
                .containsPattern(
                        "SD3.5-L refined +0\\.334↓ +0\\.800↓ +0\\.955↓ +0\\.276↓ +21\\.853↓"
                                + " +6\\.704↑ +0\\.939↓ +0\\.779↑ +0\\.731↓\n")
                .contains("arXiv 2507.19002", "Not known: CLIP: which backbone");
    }

    @Test
    void publishedMeansAreFoundByScale() {
        PublishedTable published = PublishedTable.table6();
        assertThat(published.mean("flux_s", PromptCondition.REFINED, RewardKind.PICK_SCORE))
                .hasValue(21.657);
        assertThat(published.mean("SD1.5", PromptCondition.REFINED, RewardKind.IMAGE_REWARD))
                .hasValue(-0.078);
        assertThat(
                        published.mean(
                                "SDXL",
                                PromptCondition.BASE,
                                RewardKind.clip(ScoreScale.CLIP_SCORE_100)))
                .isEmpty();
        assertThat(published.mean("mine", PromptCondition.BASE, RewardKind.HP)).isEmpty();
    }

    @Test
    void writesEveryFormat() throws IOException {
        ScoreTableReport report = ScoreTableReport.of(result()).withPublished();
        for (String ending : ScoreTableReport.ENDINGS) {
            report.write(folder.resolve("report." + ending));
        }
        assertThat(folder.resolve("report.txt")).content().isEqualTo(report.toText());
        assertThat(Files.readString(folder.resolve("report.html")))
                .startsWith("<!DOCTYPE html>")
                .contains("&lt;b&gt;mine")
                .doesNotContain("<b>");
        assertThat(Files.readString(folder.resolve("report.md")))
                .startsWith("# Score table")
                .contains("mine\\|");
        JsonObject json =
                JsonParser.parseString(Files.readString(folder.resolve("report.json")))
                        .getAsJsonObject();
        assertThat(json.get("schema").getAsString()).isEqualTo("ict-hp score table 1");
        JsonObject mean = json.getAsJsonArray("means").get(1).getAsJsonObject();
        assertThat(mean.get("condition").getAsString()).isEqualTo("refined");
        assertThat(mean.getAsJsonObject("mean").get("prompts").getAsInt()).isEqualTo(20);
        assertThat(json.getAsJsonObject("published").getAsJsonArray("rows")).hasSize(12);
        BufferedImage png =
                ImageIO.read(
                        new ByteArrayInputStream(Files.readAllBytes(folder.resolve("report.png"))));
        assertThat(png.getWidth()).isEqualTo(880);
        assertThatThrownBy(() -> report.write(folder.resolve("report.pdf")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("report.pdf");
    }

    @Test
    void numbersDoNotDependOnTheLocale() throws IOException {
        Locale before = Locale.getDefault();
        String expected = ScoreTableReport.of(result()).withPublished().toMarkdown();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            ScoreTableReport report = ScoreTableReport.of(result()).withPublished();
            assertThat(report.toMarkdown()).isEqualTo(expected);
            Locale.setDefault(Locale.forLanguageTag("tr-TR"));
            assertThat(PromptCondition.of("REFINED").label()).isEqualTo("refined");
            assertThat(ScoreTableReport.of(result()).withPublished().toMarkdown())
                    .isEqualTo(expected);
        } finally {
            Locale.setDefault(before);
        }
    }
}

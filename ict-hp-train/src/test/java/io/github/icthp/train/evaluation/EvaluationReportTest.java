package io.github.icthp.train.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import io.github.icthp.reward.RewardKind;
import io.github.icthp.train.data.IctTargets;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

import javax.imageio.ImageIO;

class EvaluationReportTest {

    @TempDir private Path folder;

    private static EvaluationReport report() {
        IctTargets targets = new IctTargets(0.2, 0.6, 0.1, 0.3);
        return EvaluationReport.of(
                Evaluation.of(new FakeModel.Data(OptionalLong.of(8), 2, -1, Optional.of(targets)))
                        .add("ICT", FakeModel.ict(a -> 0.1 * a.rank()), RewardKind.ICT)
                        .add("<HP & co>", FakeModel.hp(a -> a.row() % 2), RewardKind.HP)
                        .badRows(bad -> {})
                        .resamples(10)
                        .run());
    }

    @Test
    void showsEveryTableAsText() {
        assertThat(report().toText())
                .startsWith("7 triplets of fake <data> (1 rows skipped)\n")
                .containsPattern("reward +I2>I1 +I3>I2 +I3>I1 +mean +ties\n")
                .containsPattern("ICT +100.00 \\[100.00, 100.00\\]")
                .containsPattern("<HP & co> +50.00 \\[50.00, 50.00\\] .* 21\n")
                .contains("refined prompt", "Mean squared error", "Scores");
    }

    @Test
    void escapesMarkdown() {
        assertThat(report().toMarkdown())
                .startsWith("# Evaluation\n")
                .contains("| &lt;HP &amp; co&gt; |", "|---|---:|", "I2&gt;I1")
                .doesNotContain("<HP");
    }

    @Test
    void writesJsonAsDocumented() {
        JsonObject json = JsonParser.parseString(report().toJson()).getAsJsonObject();
        assertThat(json.get("schema").getAsString()).isEqualTo("ict-hp evaluation 1");
        assertThat(json.get("triplets").getAsLong()).isEqualTo(7);
        assertThat(json.get("skipped").getAsLong()).isEqualTo(1);
        JsonObject ict = json.getAsJsonArray("rewards").get(0).getAsJsonObject();
        assertThat(ict.keySet())
                .containsExactly(
                        "name",
                        "accuracy",
                        "accuracy_refined_prompt",
                        "label_error",
                        "scores",
                        "histogram");
        assertThat(ict.getAsJsonObject("accuracy").keySet())
                .containsExactly("I2>I1", "I3>I2", "I3>I1", "mean");
        assertThat(ict.getAsJsonObject("accuracy").getAsJsonObject("mean").keySet())
                .containsExactly("value", "low", "high", "ties");
        JsonObject hp = json.getAsJsonArray("rewards").get(1).getAsJsonObject();
        assertThat(hp.keySet()).containsExactly("name", "accuracy", "scores", "histogram");
        assertThat(hp.getAsJsonArray("scores")).hasSize(3);
        assertThat(json.getAsJsonObject("models").keySet()).containsExactly("ICT", "<HP & co>");
    }

    @Test
    void thePageIsWholeAndEscaped() {
        String page = report().toHtml().toHtml();
        assertThat(page)
                .startsWith("<!DOCTYPE html>")
                .contains("&lt;HP &amp; co&gt;", "fake &lt;data&gt;", "prefers-color-scheme: dark")
                .doesNotContain("<HP", "<data>", "http:", "https:", "NaN", "<script");
        assertThat(page.split("<svg ", -1)).hasSize(1 + 4 + 2);
    }

    @Test
    void drawsBarsIntervalsAndChance() throws IOException {
        BufferedImage picture = ImageIO.read(new ByteArrayInputStream(report().toPng()));
        assertThat(picture.getWidth()).isBetween(600, 2000);
        assertThat(picture.getHeight()).isBetween(400, 1200);
        Map<Integer, Integer> colors = new HashMap<>();
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                colors.merge(picture.getRGB(x, y) & 0xFFFFFF, 1, Integer::sum);
            }
        }
        // ICT agrees always and HP half the time, so that its three bars are half as high.
        int ict = colors.getOrDefault(0x999999, 0);
        int hp = colors.getOrDefault(0xE69F00, 0);
        assertThat(hp).isGreaterThan(10_000);
        assertThat((double) ict / hp).isBetween(1.8, 2.2);
        assertThat(colors.getOrDefault(0x000000, 0)).as("intervals").isGreaterThan(100);
        assertThat(colors.getOrDefault(0xFF0000, 0)).as("chance").isGreaterThan(200);
    }

    @Test
    void writesWhatTheEndingTells() throws IOException {
        EvaluationReport report = report();
        for (String ending : EvaluationReport.ENDINGS) {
            report.write(folder.resolve("report." + ending));
        }
        assertThat(folder.resolve("report.txt"))
                .content(StandardCharsets.UTF_8)
                .isEqualTo(report.toText());
        assertThat(folder.resolve("report.json"))
                .content(StandardCharsets.UTF_8)
                .isEqualTo(report.toJson());
        assertThat(folder.resolve("report.md"))
                .content(StandardCharsets.UTF_8)
                .isEqualTo(report.toMarkdown());
        assertThat(folder.resolve("report.html"))
                .content(StandardCharsets.UTF_8)
                .isEqualTo(report.toHtml().toHtml());
        assertThat(folder.resolve("report.png")).hasBinaryContent(report.toPng());
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(5);
        }
        assertThatThrownBy(() -> report.write(folder.resolve("report.pdf")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("report.pdf");
        assertThatThrownBy(() -> report.write(folder.resolve("none/report.md")))
                .isInstanceOf(IOException.class);
    }
}

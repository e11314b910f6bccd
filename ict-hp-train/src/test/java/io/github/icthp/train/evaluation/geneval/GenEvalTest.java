package io.github.icthp.train.evaluation.geneval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import io.github.icthp.image.RgbImage;
import io.github.icthp.train.data.DatasetException;
import io.github.icthp.train.evaluation.table.Estimate;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

import javax.imageio.ImageIO;

class GenEvalTest {

    private static final int SAMPLES = 4;

    @TempDir private Path temporary;
    private Path pictures;
    private List<GenEvalPrompt> prompts;

    /** Finds the prompt's first class in pictures whose first pixel is bright. */
    private static final class Eyes implements PictureDetector {

        private int looks;
        private int limit = Integer.MAX_VALUE;

        @Override
        public Found find(RgbImage image, double above) {
            if (looks++ >= limit) {
                throw new IllegalStateException("killed");
            }
            boolean bright = (image.rgb()[0] & 0xFF) > 127;
            return new Found(
                    bright ? Map.of("bench", List.of(new Detection(1, 2, 6, 7, 0.75f))) : Map.of(),
                    (name, objects) -> objects.stream().map(o -> "red").toList());
        }

        @Override
        public Map<String, String> made() {
            return Map.of("detector", "eyes");
        }
    }

    @BeforeEach
    void draw() throws IOException {
        pictures = temporary.resolve("pictures");
        prompts = GenEvalPrompt.benchmark().subList(0, 3);
        GenEvalFolder folder = new GenEvalFolder(pictures);
        folder.write(prompts);
        for (int prompt = 0; prompt < prompts.size(); prompt++) {
            for (int sample = 0; sample < SAMPLES; sample++) {
                BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
                image.setRGB(0, 0, prompt == 0 && sample != 2 ? 0xFFFFFF : 0);
                image.setRGB(7, 7, prompt * 16 + sample);
                ImageIO.write(image, "png", folder.sample(prompt, sample).toFile());
            }
        }
    }

    private GenEval run() {
        return GenEval.of(pictures).state(temporary.resolve("state.jsonl"));
    }

    @Test
    void judgesEveryPicture() throws IOException {
        GenEvalResult found = run().run(new Eyes());
        assertThat(found.summary().toText()).contains("single_object    = 25.00% (3 / 12)");
        assertThat(found.rows().get(0).details())
                .isEqualTo("{\"bench\": [[1.0, 2.0, 6.0, 7.0, 0.75]]}");
        assertThat(found.rows().get(2).reason()).isEqualTo("expected bench>=1, found 0");
        assertThat(found.rows().get(0).filename()).endsWith("pictures/00000/samples/0000.png");
        assertThat(found.damaged()).isEmpty();
        assertThat(found.missing()).isEmpty();
    }

    @Test
    void aKilledRunResumesToTheSameFiles() throws IOException {
        Path whole = temporary.resolve("whole");
        GenEvalReport.of(GenEval.of(pictures).run(new Eyes())).withPublished().write(whole);

        Eyes killed = new Eyes();
        killed.limit = 5;
        assertThatThrownBy(() -> run().run(killed)).hasMessage("killed");
        Path state = temporary.resolve("state.jsonl");
        Files.writeString(state, Files.readString(state) + "{\"picture\":\"0000");

        Eyes resumed = new Eyes();
        Path parts = temporary.resolve("parts");
        GenEvalReport.of(run().run(resumed)).withPublished().write(parts);
        assertThat(resumed.looks).isEqualTo(12 - 5);
        for (String file : GenEvalReport.FILES) {
            assertThat(parts.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
        }
        assertThat(run().run(killed).rows()).hasSize(12);
    }

    @Test
    void changedPicturesAreJudgedAnew() throws IOException {
        run().run(new Eyes());
        Path changed = new GenEvalFolder(pictures).sample(0, 2);
        Files.copy(
                new GenEvalFolder(pictures).sample(0, 1),
                changed,
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        Eyes eyes = new Eyes();
        assertThat(run().run(eyes).summary().correctImages()).isEqualTo(4);
        assertThat(eyes.looks).isEqualTo(1);
    }

    @Test
    void otherNetworksDoNotResume() throws IOException {
        run().run(new Eyes());
        assertThatThrownBy(() -> run().rules(GenEvalRules.FLOW_GRPO).run(new Eyes()))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("made otherwise")
                .hasMessageContaining("flow_grpo");
        Files.writeString(temporary.resolve("state.jsonl"), "{\"schema\":\"other\"}\n");
        assertThatThrownBy(() -> run().run(new Eyes())).isInstanceOf(DatasetException.class);
    }

    @Test
    void damagedAndMissingPicturesAreListed() throws IOException {
        GenEvalFolder folder = new GenEvalFolder(pictures);
        Files.write(folder.sample(1, 3), new byte[] {1, 2, 3});
        Files.delete(folder.sample(0, 1));
        Files.delete(pictures.resolve("00002/metadata.jsonl"));
        Files.createDirectories(pictures.resolve("00004"));
        Files.writeString(pictures.resolve("00001/samples/notes.txt"), "not a picture");
        GenEvalResult found = run().run(new Eyes());
        assertThat(found.rows()).hasSize(6);
        assertThat(found.damaged()).hasSize(1);
        assertThat(found.damaged().get(0).picture()).isEqualTo("00001/samples/0003.png");
        assertThat(found.missing())
                .containsExactly(
                        "00003",
                        "00000/samples/0001.png",
                        "00002/metadata.jsonl",
                        "00004/metadata.jsonl");
        GenEvalReport report = GenEvalReport.of(found);
        assertThat(report.toText())
                .contains("1 damaged, 4 missing")
                .contains("00001/samples/0003.png")
                .contains("00000/samples/0001.png");
        assertThat(run().run(new Eyes())).isEqualTo(found);
    }

    @Test
    void aFolderWithoutPicturesIsRefused() {
        assertThatThrownBy(() -> GenEval.of(temporary).run(new Eyes()))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("expected numbered folders such as 00000");
    }

    @Test
    void aFolderWithOtherPromptsIsRefused() {
        List<GenEvalPrompt> others = GenEvalPrompt.benchmark().subList(1, 3);
        assertThatThrownBy(() -> new GenEvalFolder(pictures).write(others))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("has another prompt");
    }

    @Test
    void reportsSayTheSameInEveryFormat() throws IOException {
        GenEvalResult found = run().run(new Eyes());
        List<GenEvalRow> base =
                found.rows().stream()
                        .map(
                                row ->
                                        new GenEvalRow(
                                                row.filename(),
                                                row.tag(),
                                                row.prompt(),
                                                false,
                                                "",
                                                row.metadata(),
                                                row.details(),
                                                OptionalDouble.empty()))
                        .toList();
        GenEvalReport report =
                GenEvalReport.of(found).withPublished().against("base", base).draws(200, 7);
        JsonObject json = JsonParser.parseString(report.toJson()).getAsJsonObject();
        JsonObject overall = json.getAsJsonObject("scores").getAsJsonObject("overall");
        assertThat(overall.get("value").getAsDouble()).isEqualTo(0.25);
        assertThat(json.getAsJsonObject("differences").getAsJsonObject("overall").get("value"))
                .isEqualTo(overall.get("value"));
        assertThat(report.toText()).contains("+0.2500").contains("FLUX.1-schnell + ICT-HP");
        assertThat(report.toMarkdown()).contains("| overall | 0.2500 |");
        String html = report.toHtml().toHtml();
        assertThat(html)
                .contains("expected bench&gt;=1, found 0")
                .contains("Wrong pictures")
                .contains("1 bench (0.75, orange)");
        assertThat(html.indexOf("Wrong pictures")).isLessThan(html.indexOf("Right pictures"));
        assertThat(report.toJsonLines().lines().map(GenEvalRow::parse)).isEqualTo(found.rows());
    }

    @Test
    void partialCreditIsWrittenBesideTheFields() throws IOException {
        GenEvalResult found = GenEval.of(pictures).rules(GenEvalRules.FLOW_GRPO).run(new Eyes());
        assertThat(found.rows().get(0).toLine()).endsWith(",\"score\":1.0}");
        assertThat(GenEvalReport.of(found).toText()).contains("Mean partial credit: 0.2500");
    }

    @Test
    void intervalsAreOverPrompts() {
        List<GenEvalRow> rows = new ArrayList<>();
        for (int prompt = 0; prompt < 40; prompt++) {
            for (int sample = 0; sample < SAMPLES; sample++) {
                rows.add(row("counting", prompt, prompt % 2 == 0));
            }
        }
        rows.add(row("colors", 99, true));
        Map<String, Estimate> scores = new GenEvalStatistics(2000, 1).scores(rows);
        Estimate counting = scores.get("counting");
        assertThat(counting.value()).isEqualTo(0.5);
        // Of prompts: 1.96 sqrt(0.25 / 40) = 0.155; of pictures it would be half of that.
        assertThat(counting.high() - 0.5).isCloseTo(0.155, within(0.03));
        assertThat(scores.get("overall").value()).isEqualTo(0.75);
        assertThat(scores.get("overall").high() - 0.75).isCloseTo(0.0775, within(0.02));
        assertThat(new GenEvalStatistics(100, 1).differences(rows, rows).get("counting"))
                .isEqualTo(new Estimate(0, 0, 0, 40));
        assertThat(new GenEvalStatistics(100, 1).differences(rows, List.of())).isEmpty();
    }

    private static GenEvalRow row(String tag, int prompt, boolean correct) {
        return new GenEvalRow(
                "p.png", tag, "p", correct, "", tag + prompt, "{}", OptionalDouble.empty());
    }
}

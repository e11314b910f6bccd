package io.github.icthp.examples.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import io.github.icthp.examples.Ran;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.testing.TinyDetector;
import io.github.icthp.testing.Devices;
import io.github.icthp.train.evaluation.geneval.GenEvalFolder;
import io.github.icthp.train.evaluation.geneval.GenEvalPrompt;
import io.github.icthp.train.evaluation.geneval.GenEvalReport;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import javax.imageio.ImageIO;

class GenEvalCommandTest {

    private static final int SAMPLES = 2;

    @TempDir private Path folder;
    private Path pictures;

    /** Small drawings of six prompts, one of each task. */
    @BeforeEach
    void draw() throws IOException {
        pictures = folder.resolve("pictures");
        List<GenEvalPrompt> all = GenEvalPrompt.benchmark();
        List<GenEvalPrompt> prompts = Stream.of(0, 80, 179, 259, 353, 453).map(all::get).toList();
        assertThat(prompts.stream().map(GenEvalPrompt::tag).distinct()).hasSize(6);
        GenEvalFolder layout = new GenEvalFolder(pictures);
        layout.write(prompts);
        for (int prompt = 0; prompt < prompts.size(); prompt++) {
            for (int sample = 0; sample < SAMPLES; sample++) {
                BufferedImage image = new BufferedImage(24, 16, BufferedImage.TYPE_INT_RGB);
                Graphics2D graphics = image.createGraphics();
                graphics.setColor(Color.getHSBColor(prompt / 6f, 1, 1));
                graphics.fillOval(sample * 8, prompt, 12, 8);
                graphics.dispose();
                ImageIO.write(image, "png", layout.sample(prompt, sample).toFile());
            }
        }
    }

    private Ran geneval(String out, String... more) {
        String[] always = {
            "geneval",
            "--images",
            pictures.toString(),
            "--detector",
            TinyDetector.MMDET.toString(),
            "--clip",
            TinyDetector.CLIP.toString(),
            "--samples",
            String.valueOf(SAMPLES),
            "--device",
            Devices.tested().getDeviceType(),
            "--out",
            folder.resolve(out).toString()
        };
        return Ran.command(Stream.of(always, more).flatMap(Stream::of).toArray(String[]::new));
    }

    @Test
    void judgesAFolderAndResumesToTheSameFiles() throws IOException {
        Ran whole = geneval("whole", "--published");
        assertThat(whole.exit()).as(whole.err()).isZero();
        assertThat(whole.out())
                .contains("Total images: 12")
                .contains("Total prompts: 6")
                .contains("Overall score (avg. over tasks)")
                .contains("FLUX.1-dev + ICT-HP");
        Path state = folder.resolve("whole/state.jsonl");
        List<String> lines = Files.readAllLines(state);
        assertThat(lines).hasSize(13);

        Path parts = Files.createDirectories(folder.resolve("parts"));
        Files.writeString(
                parts.resolve("state.jsonl"),
                String.join("\n", lines.subList(0, 6)) + "\n" + lines.get(6).substring(0, 20));
        assertThat(geneval("parts", "--published").exit()).isEqualTo(ExitCode.USAGE);
        Ran resumed = geneval("parts", "--published", "--resume");
        assertThat(resumed.exit()).as(resumed.err()).isZero();
        for (String file : GenEvalReport.FILES) {
            assertThat(parts.resolve(file))
                    .hasSameBinaryContentAs(folder.resolve("whole").resolve(file));
        }
        assertThat(parts.resolve("state.jsonl")).hasSameBinaryContentAs(state);
    }

    @Test
    void listsWhatIsDamagedOrMissing() throws IOException {
        GenEvalFolder layout = new GenEvalFolder(pictures);
        Files.writeString(layout.sample(2, 1), "no picture");
        Files.delete(layout.sample(4, 0));
        Ran ran = geneval("holes", "--json");
        assertThat(ran.exit()).isEqualTo(ExitCode.SOME_FAILED);
        assertThat(ran.err())
                .contains("00002/samples/0001.png")
                .contains("00004/samples/0000.png is missing");
        JsonObject json = JsonParser.parseString(ran.out()).getAsJsonObject();
        assertThat(json.get("images").getAsInt()).isEqualTo(10);
        assertThat(json.getAsJsonArray("damaged")).hasSize(1);
        assertThat(json.getAsJsonArray("missing")).hasSize(1);
    }

    @Test
    void comparesRunsPairedByPrompt() throws IOException {
        assertThat(geneval("base").exit()).isZero();
        Ran ran =
                geneval(
                        "other",
                        "--against",
                        folder.resolve("base").toString(),
                        "--rules",
                        "flow_grpo");
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.out()).contains("paired by prompt").contains("Mean partial credit");
        assertThat(Files.readString(folder.resolve("other/summary.html")))
                .contains("paired by prompt")
                .contains("data:image/png");
    }

    @Test
    void refusesWhatCannotBeDone() {
        Ran both = geneval("no", "--model", "m");
        assertThat(both.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(both.err()).contains("either --images=DIR").contains("--model=DIR");
        Ran adapter = geneval("no", "--lora", "a");
        assertThat(adapter.err()).contains("--lora needs --model=DIR");
        assertThat(geneval("no", "--rules", "strict").err()).contains("geneval, flow_grpo");
        assertThat(geneval("no", "--against", folder + "/none.jsonl").err())
                .contains("none.jsonl does not exist");
        Ran empty =
                Ran.command(
                        "geneval",
                        "--images",
                        folder.toString(),
                        "--detector",
                        TinyDetector.HUGGING_FACE.toString(),
                        "--clip",
                        TinyDetector.CLIP.toString(),
                        "--out",
                        folder.resolve("no").toString());
        assertThat(empty.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(empty.err()).contains("expected numbered folders such as 00000");
    }
}

package io.github.icthp.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.icthp.examples.Ran;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.testing.SampleModel;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class DemoCommandTest {

    @TempDir Path folder;

    /** Random weights show nothing, but everything is there. */
    @Test
    void writesOnePage() throws IOException {
        Path models = SampleModel.write(folder.resolve("models"));
        Files.copy(
                models.resolve("ICT/model.safetensors"), models.resolve("base/model.safetensors"));
        Ran ran =
                Ran.command(
                        "demo",
                        "--quick",
                        "--iterations=1",
                        "--triplets=4",
                        "--pictures=3",
                        "--models=" + models,
                        "--judge=" + models,
                        "--out=" + folder.resolve("demo"));
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.out()).contains("fine-tuning by ICT-HP, 1 steps", "report.html");
        assertThat(ran.out()).contains("curves of the fine-tuning: " + folder.resolve("demo/runs"));
        assertThat(folder.resolve("demo/runs")).isNotEmptyDirectory();
        assertThat(Files.readString(folder.resolve("demo/report.html")))
                .contains("I3&gt;I2", "Tuned by ICT-HP", "second ICT-HP", "everything named")
                .doesNotContain("src=\"http");
    }

    /** The whole paper at the smallest size: every part is on the page, beside the paper's. */
    @Test
    void putsThePaperBesideItsMiniature() throws IOException {
        Path models = SampleModel.write(folder.resolve("models"));
        Files.copy(
                models.resolve("ICT/model.safetensors"), models.resolve("base/model.safetensors"));
        Ran ran =
                Ran.command(
                        "demo",
                        "--paper",
                        "--quick",
                        "--iterations=2",
                        "--triplets=4",
                        "--pictures=2",
                        "--models=" + models,
                        "--out=" + folder.resolve("demo"));
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.out())
                .contains("[1 of 9] pair accuracies: about", "[9 of 9]", "left in all")
                .contains("page: " + folder.resolve("demo/paper.html"));
        assertThat(Files.readString(folder.resolve("demo/paper.html")))
                .contains("60.3 → 87.6, 88.5, 88.8", "0.68 → 0.69", "not part of this page")
                .contains("ImageReward", "misses a detail in 60 %", "Tuned by CLIP", "color_attr")
                .contains("FLUX.1-dev + ICT-HP", "second base + ICT-HP", "I3 &gt; I2", "4 held-out")
                .contains("Adapters in a second base model", "How it was made")
                .doesNotContain("still to come", "still being made", "src=\"http", "NaN");
    }

    @Test
    void saysWhichModelsAreMissing() {
        Ran ran = Ran.command("demo", "--models=nowhere");
        assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(ran.err()).contains("[nowhere/base, nowhere/ICT, nowhere/HP]");
    }
}

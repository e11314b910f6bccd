package io.github.icthp.examples;

import static org.assertj.core.api.Assertions.assertThat;

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

    @Test
    void saysWhichModelsAreMissing() {
        Ran ran = Ran.command("demo", "--models=nowhere");
        assertThat(ran.exit()).isEqualTo(IctHp.USAGE);
        assertThat(ran.err()).contains("[nowhere/base, nowhere/ICT, nowhere/HP]");
    }
}

package io.github.icthp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The notebooks run as they stand, in the JShell that the start script starts. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the start script is for bash")
class NotebookTest {

    private static final Path FOLDER = Path.of("jshell").toAbsolutePath();

    @Test
    void scoringNotebookRuns() throws Exception {
        String said = run(FOLDER.resolve("scoring.jsh"));
        assertThat(said)
                .contains("prompt: " + SamplePictures.PROMPT, "rejected", "ICT*HP", "ranked")
                .endsWith("done\n")
                .doesNotContain("Error", "Exception");
    }

    private static String run(Path notebook) throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(FOLDER.resolve("start.sh").toString(), notebook.toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("ICT_HP_CLASS_PATH", System.getProperty("java.class.path"));
        Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return said;
    }
}

package io.github.icthp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.icthp.examples.testing.TinyPipeline;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The notebooks run as they stand, in the JShell that the start script starts. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the start script is for bash")
class NotebookTest {

    private static final Path FOLDER = Path.of("jshell").toAbsolutePath();

    @Test
    void scoringNotebookRuns() throws Exception {
        String said = run(FOLDER.resolve("scoring.jsh"));
        assertThat(said)
                .contains("prompt: a ", "rejected", "ICT-HP", "ranked refined")
                .endsWith("done\n")
                .doesNotContain("Error", "Exception");
    }

    @Test
    void finetuningNotebookRunsOnTheMiniature() throws Exception {
        assertFineTuned(run(FOLDER.resolve("finetuning.jsh")));
    }

    @Test
    void finetuningNotebookRunsOnAFolder(@TempDir Path folder) throws Exception {
        Path model = TinyPipeline.unpack(folder.resolve("tiny"));
        assertFineTuned(
                run(FOLDER.resolve("finetuning.jsh"), Map.of("ICT_HP_MODEL", model.toString())));
    }

    private static void assertFineTuned(String said) {
        assertThat(said)
                .contains("finished after 12 steps", "adapters of ranks [4]", "before and after")
                .endsWith("done\n")
                .doesNotContain("Error", "Exception");
    }

    @Test
    void trainingNotebookRunsAndLearns() throws Exception {
        String said = run(FOLDER.resolve("training.jsh"));
        assertThat(said)
                .contains("step  80 of 80", "pair accuracy on pictures never trained on", "HP 0.")
                .contains("curves: true")
                .endsWith("done\n")
                .doesNotContain("Error", "Exception");
    }

    private static String run(Path notebook) throws Exception {
        return run(notebook, Map.of());
    }

    private static String run(Path notebook, Map<String, String> environment) throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(FOLDER.resolve("start.sh").toString(), notebook.toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("ICT_HP_CLASS_PATH", System.getProperty("java.class.path"));
        builder.environment().putAll(environment);
        Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        return said;
    }
}

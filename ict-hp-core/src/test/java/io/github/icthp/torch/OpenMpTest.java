package io.github.icthp.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Native libraries read the environment once: each test needs a process of its own. */
@EnabledOnOs(OS.LINUX)
class OpenMpTest {

    private static List<String> readings(
            String entry, Map<String, String> environment, String... flags) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx64m"));
        command.add("-Dai.djl.offline=true");
        command.addAll(List.of(flags));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(EnvironmentReadings.class.getName(), entry));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        for (String name : List.of("OMP_NUM_THREADS", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")) {
            builder.environment().remove(name);
        }
        builder.environment().putAll(environment);
        Process process = builder.start();
        String all = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        // Newer Java runtimes warn about native access and missing folders.
        return all.lines()
                .filter(line -> !line.contains("INFO") && !line.startsWith("WARNING: "))
                .filter(line -> !line.isEmpty())
                .toList();
    }

    @Test
    void idleThreadsGiveTheirProcessorAway() throws IOException {
        assertThat(readings("prepare", Map.of()))
                .containsExactly("malloc true", "GOMP_SPINCOUNT 1000", "KMP_BLOCKTIME 0");
    }

    @Test
    void soTheyDoWhenDjlLoadsPyTorchByItself() throws IOException {
        assertThat(readings("djl", Map.of())).contains("GOMP_SPINCOUNT 1000");
    }

    @Test
    void whatTheUserHasSetStays() throws IOException {
        assertThat(readings("prepare", Map.of("GOMP_SPINCOUNT", "7", "KMP_BLOCKTIME", "3")))
                .contains("GOMP_SPINCOUNT 7", "KMP_BLOCKTIME 3");
        assertThat(readings("prepare", Map.of("OMP_WAIT_POLICY", "ACTIVE")))
                .contains("GOMP_SPINCOUNT unset", "KMP_BLOCKTIME unset");
    }

    @Test
    void thereAreNoMoreThreadsThanTheJvmCountsProcessors() throws IOException {
        assertThat(readings("torch", Map.of(), "-XX:ActiveProcessorCount=1")).contains("threads 1");
        assumeTrue(
                Runtime.getRuntime().availableProcessors() > 1, "MKL takes no more than there are");
        assertThat(readings("torch", Map.of("OMP_NUM_THREADS", "2"), "-XX:ActiveProcessorCount=1"))
                .contains("threads 2");
    }

    /** JNA unpacks its library into the temporary folder: without one, the rest goes on. */
    @Test
    void withoutJnaEverythingElseWorks() throws IOException {
        String nowhere = "-Djava.io.tmpdir=/proc/nowhere";
        assertThat(readings("prepare", Map.of(), nowhere))
                .containsExactly("malloc false", "GOMP_SPINCOUNT unset", "KMP_BLOCKTIME unset");
        assertThat(readings("torch", Map.of("OMP_NUM_THREADS", "1"), nowhere))
                .contains("threads 1");
    }
}

package io.github.icthp.train.pickhigh;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/** A build that is killed again and again ends in the same bytes as one that is not. */
class KillTest {

    @TempDir private Path temporary;

    @Test
    void makesTheSameBytes() throws IOException, InterruptedException {
        Path source = Planned.source(temporary, 39);
        KilledBuild.main(new String[] {source.toString(), temporary.resolve("whole").toString()});
        Path killed = temporary.resolve("killed");
        SplittableRandom random = new SplittableRandom(5);
        int kills = Integer.getInteger("pickhigh.kills", 3);
        for (int i = 0; i < kills; i++) {
            // Each time a little further than the state that the one before has left.
            kill(source, killed, random.nextInt(1, 14 + 52 / kills));
        }
        KilledBuild.main(new String[] {source.toString(), killed.toString()});
        assertThat(PickHighBuildTest.files(killed))
                .isNotEmpty()
                .isEqualTo(PickHighBuildTest.files(temporary.resolve("whole")));
    }

    private static void kill(Path source, Path folder, int lines)
            throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                List.of(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "-Xmx256m",
                                        "-cp",
                                        classPath(),
                                        KilledBuild.class.getName(),
                                        source.toString(),
                                        folder.toString()))
                        .redirectErrorStream(true)
                        .start();
        try (BufferedReader out =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            int seen = 0;
            List<String> said = new ArrayList<>();
            while (seen < lines) {
                String line = out.readLine();
                if (line == null) {
                    break;
                }
                said.add(line);
                seen += line.matches("[a-z]+ \\d+") ? 1 : 0;
            }
            assertThat(seen).as("progress of the build: %s", said).isPositive();
            process.destroyForcibly();
            process.waitFor();
        }
    }

    /** The tests' own class path, whatever loads them. */
    private static String classPath() {
        if (KilledBuild.class.getClassLoader() instanceof URLClassLoader loader) {
            return Arrays.stream(loader.getURLs())
                    .map(URL::getPath)
                    .collect(Collectors.joining(File.pathSeparator));
        }
        return System.getProperty("java.class.path");
    }
}

package io.github.icthp.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import com.google.common.primitives.Bytes;
import com.google.gson.JsonParser;

import io.github.icthp.Precision;
import io.github.icthp.testing.Devices;
import io.github.icthp.train.TinyRun.Colors;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.MetricsFile;
import io.github.icthp.training.RunListener;
import io.github.icthp.training.RunProgress;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Runs that are interrupted end with the weights of a run that was not. */
class ResumeTest {

    private static final int STEPS = 30;
    private static final int KILLS = 3;

    @TempDir Path folder;
    private Path base;

    @BeforeEach
    void writeBase() {
        base = TinyRun.base(folder.resolve("base"));
    }

    /** A run in a process of its own; it goes on from what its folder holds. */
    static final class Child {

        private Child() {}

        public static void main(String[] arguments) {
            run(Path.of(arguments[0]), Path.of(arguments[1]));
        }

        static void run(Path base, Path output) {
            TinyRun.hp(base, output, STEPS)
                    .config(
                            TinyRun.hpConfig(STEPS)
                                    .withOptimizer(o -> o.batchSize(3).accumulation(2)))
                    .validation(new Colors(5, 20))
                    .evaluateEvery(7)
                    .saveEvery(3)
                    .resume(true)
                    .train();
        }
    }

    @Test
    void killedAtAnyMomentARunEndsWithTheSameBits() throws Exception {
        Path whole = folder.resolve("whole");
        Child.run(base, whole);
        Path killed = folder.resolve("killed");
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int kill = 1; kill <= KILLS; kill++) {
            Process child = start(killed);
            waitForSteps(child, killed, kill * STEPS / (KILLS + 2));
            Thread.sleep(random.nextInt(100));
            child.destroyForcibly().waitFor();
            assertThat(child.exitValue()).as("killed in mid-run").isNotZero();
        }
        assertThat(start(killed).waitFor()).isZero();

        assertThat(weights(killed)).as("delays of seed %s", seed).isEqualTo(weights(whole));
        assertThat(stepsWritten(killed)).isEqualTo(stepsWritten(whole)).hasSize(STEPS);
    }

    private Process start(Path output) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-Dai.djl.offline=true",
                        "-Dtest.device=" + Devices.tested().getDeviceType(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        base.toString(),
                        output.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("child.log").toFile())
                .start();
    }

    private void waitForSteps(Process child, Path output, int steps) throws Exception {
        Path metrics = output.resolve("metrics.jsonl");
        while (!Files.exists(metrics) || Files.readAllLines(metrics).size() < steps) {
            assertThat(child.isAlive())
                    .as(() -> "the child went on: " + read(folder.resolve("child.log")))
                    .isTrue();
            Thread.sleep(5);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Test
    void stoppedByAListenerIctInHalfPrecisionGoesOnToTheSameBits() throws Exception {
        Path whole = folder.resolve("whole");
        ict(whole).train();
        Path stopped = folder.resolve("stopped");
        for (int step : List.of(1, 5, 6)) {
            assertThatThrownBy(() -> ict(stopped).listener(stopAt(step)).train())
                    .hasMessage("stopped at " + step);
        }
        ict(stopped).train();
        assertThat(weights(stopped)).isEqualTo(weights(whole));
    }

    @Test
    void aFinishedIctRunGoesOnForMoreStepsToTheSameBits() throws Exception {
        Path whole = folder.resolve("whole");
        Path extended = folder.resolve("extended");
        for (int steps : List.of(3, 6)) {
            ictOf(extended, steps).train();
        }
        assertThat(ictOf(whole, 6).train().steps()).isEqualTo(6);
        assertThat(weights(extended)).isEqualTo(weights(whole));
    }

    private IctTrainerBuilder ictOf(Path output, int steps) {
        return TinyRun.ict(base, output, steps)
                .validation(new Colors(3, 20))
                .evaluateEvery(3)
                .resume(true);
    }

    @Test
    void aFinishedHpRunGoesOnForMoreStepsToTheSameBits() throws Exception {
        Path whole = folder.resolve("whole");
        Path extended = folder.resolve("extended");
        for (int steps : List.of(4, 9)) {
            hpOf(extended, steps).train();
        }
        hpOf(whole, 9).train();
        assertThat(weights(extended, "last")).isEqualTo(weights(whole, "last"));
    }

    private HpTrainerBuilder hpOf(Path output, int steps) {
        return TinyRun.hp(base, output, steps)
                .config(TinyRun.hpConfig(steps).withOptimizer(o -> o.batchSize(3).accumulation(2)))
                .resume(true);
    }

    @Test
    void marksTheBestCheckpointThatAKilledRunDidNotComeTo() throws Exception {
        Path run = folder.resolve("late");
        TrainingResult whole = ict(run).train();
        Path mark = run.resolve("checkpoints/best.json");
        String marked = Files.readString(mark);
        Files.delete(mark);
        long best = JsonParser.parseString(marked).getAsJsonObject().get("step").getAsLong();
        for (long later = best + 1; later <= 9; later++) {
            Path checkpoint =
                    run.resolve(String.format(Locale.ROOT, "checkpoints/step-%08d", later));
            if (Files.exists(checkpoint)) {
                MoreFiles.deleteRecursively(checkpoint, RecursiveDeleteOption.ALLOW_INSECURE);
            }
        }
        assertThat(ict(run).train()).isEqualTo(whole);
        assertThat(mark).hasContent(marked);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fa-IR", "ar-EG"})
    void digitsOfTheLocaleChangeNoRun(String locale) throws Exception {
        Path plain = folder.resolve("plain");
        TrainingResult expected = ict(plain).train();
        Path other = folder.resolve("other");
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag(locale));
        try {
            assertThatThrownBy(() -> ict(other).listener(stopAt(5)).train())
                    .hasMessage("stopped at 5");
            assertThat(ict(other).train().steps()).isEqualTo(expected.steps());
        } finally {
            Locale.setDefault(before);
        }
        assertThat(weights(other)).isEqualTo(weights(plain));
        assertThat(names(other)).isEqualTo(names(plain)).contains("best.json");
        assertThat(stepsWritten(other)).isEqualTo(stepsWritten(plain));
    }

    private static List<String> names(Path run) throws IOException {
        try (Stream<Path> all = Files.list(run.resolve("checkpoints"))) {
            return all.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private IctTrainerBuilder ict(Path output) {
        return TinyRun.ict(base, output, 9)
                .precision(Precision.FP16)
                .validation(new Colors(3, 20))
                .saveEvery(2)
                .resume(true);
    }

    private static RunListener stopAt(int step) {
        return new RunListener() {
            @Override
            public void stepped(Metrics metrics, RunProgress progress) {
                if (metrics.step() == step) {
                    throw new IllegalStateException("stopped at " + step);
                }
            }
        };
    }

    @Test
    void aFolderThatCannotBeWrittenStopsTheRunAndHarmsNoCheckpoint() throws Exception {
        Path whole = folder.resolve("whole");
        ict(whole).train();
        Path output = folder.resolve("run");
        Path checkpoints = output.resolve("checkpoints");
        Path aside = folder.resolve("aside");
        RunListener block =
                new RunListener() {
                    @Override
                    public void saved(Path saved) {
                        try {
                            Files.move(checkpoints, aside);
                            Files.createFile(checkpoints);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    }
                };
        assertThatThrownBy(() -> ict(output).listener(block).train())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("the checkpoint of step 4 could not be written")
                .hasMessageContaining("earlier checkpoints are untouched");
        Files.delete(checkpoints);
        Files.move(aside, checkpoints);
        assertThat(checkpoints.resolve("step-00000002")).isNotEmptyDirectory();
        ict(output).train();
        assertThat(weights(output)).isEqualTo(weights(whole));
    }

    private static Map<String, List<Byte>> weights(Path output) throws IOException {
        return weights(output, "last", "best");
    }

    private static Map<String, List<Byte>> weights(Path output, String... parts)
            throws IOException {
        Map<String, List<Byte>> files = new TreeMap<>();
        for (String part : parts) {
            try (Stream<Path> walk = Files.walk(output.resolve(part))) {
                for (Path file : walk.filter(Files::isRegularFile).toList()) {
                    files.put(
                            output.relativize(file).toString(),
                            Bytes.asList(Files.readAllBytes(file)));
                }
            }
        }
        assertThat(files).isNotEmpty();
        return files;
    }

    private static List<Long> stepsWritten(Path output) {
        return MetricsFile.read(output.resolve("metrics.jsonl")).stream()
                .filter(m -> m.phase().equals(Metrics.TRAIN))
                .map(Metrics::step)
                .toList();
    }
}

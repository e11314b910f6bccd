package io.github.icthp.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;

import com.google.gson.JsonParser;

import io.github.icthp.training.RunFolder.Start;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

class RunFolderTest {

    private record Settings(double rate, int steps) {}

    @TempDir Path temp;

    @Test
    void recordsHowTheRunIsMade() throws IOException {
        Path path = temp.resolve("run");
        RunRecord record = record(3, 1e-5);
        open(path, record, Start.NEW).close();
        RunRecord read = RunRecord.fromJson(Files.readString(path.resolve("run.json")));
        assertThat(read.configHash()).isEqualTo(record.configHash());
        assertThat(read.versions()).containsKeys("ict-hp", "java", "pytorch", "os");
        assertThat(read.config().get("rate").getAsDouble()).isEqualTo(1e-5);
        assertThat(read.toJson()).isEqualTo(record.toJson());
    }

    @Test
    void refusesToBeginWhereARunIs() {
        makeAStep(open(temp, record(3, 1e-5), Start.NEW));
        assertThatThrownBy(() -> open(temp, record(3, 1e-5), Start.NEW))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("holds a run already");
    }

    @Test
    void beginsAnewWhereARunFailedBeforeItsFirstStep() throws IOException {
        open(temp, record(3, 1e-5), Start.NEW).close();
        open(temp, record(3, 2e-5), Start.RESUME).close();
        RunRecord record = record(4, 2e-5);
        open(temp, record, Start.NEW).close();
        assertThat(temp.resolve("run.json")).hasContent(record.toJson());
    }

    private static void makeAStep(RunFolder folder) {
        try (folder;
                MetricsFile metrics = folder.metrics(0)) {
            metrics.write(new Metrics(1, Metrics.TRAIN, Map.of("loss", 1.0)));
        }
    }

    @Test
    void resumesOnlyTheSameRun() {
        makeAStep(open(temp, record(3, 1e-5), Start.RESUME));
        open(temp, record(3, 1e-5), Start.RESUME).close();
        assertThatThrownBy(() -> open(temp, record(4, 2e-5), Start.RESUME))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("config.rate was 1.0E-5 and is 2.0E-5")
                .hasMessageContaining("seed was 3 and is 4")
                .hasMessageNotContaining("config.steps");
    }

    private static RunRecord longRun(String part, String shape, long steps, long warmUp) {
        boolean draft = part.equals("optimisation");
        String json =
                String.format(
                        Locale.ROOT,
                        "{\"%s\": {\"%s\": %d, \"%s\": {\"shape\": \"%s\", \"warmUp\": %d, \"total\": %d}}}",
                        part,
                        draft ? "iterations" : "steps",
                        steps,
                        draft ? "rate" : "schedule",
                        shape,
                        warmUp,
                        steps);
        return RunRecord.of("test", 1, JsonParser.parseString(json), Map.of(), Device.cpu());
    }

    @ParameterizedTest
    @ValueSource(strings = {"optimisation", "optimizer"})
    void aRunMayGoOnForMoreSteps(String part) throws IOException {
        makeAStep(open(temp, longRun(part, "CONSTANT", 10, 2), Start.NEW));
        RunRecord more = longRun(part, "CONSTANT", 20, 2);
        RunFolder.check(temp, more, Start.RESUME);
        open(temp, more, Start.RESUME).close();
        assertThat(temp.resolve("run.json")).hasContent(more.toJson());
        assertThatThrownBy(() -> open(temp, longRun(part, "CONSTANT", 15, 2), Start.RESUME))
                .hasMessageContaining("was 20 and is 15");
        assertThatThrownBy(() -> open(temp, longRun(part, "CONSTANT", 30, 3), Start.RESUME))
                .hasMessageContaining("warmUp was 2 and is 3")
                .hasMessageContaining("the same warm-up");
    }

    @ParameterizedTest
    @ValueSource(strings = {"LINEAR", "COSINE"})
    void aRateThatFallsOverAllStepsForbidsMore(String shape) {
        makeAStep(open(temp, longRun("optimizer", shape, 10, 2), Start.NEW));
        assertThatThrownBy(() -> open(temp, longRun("optimizer", shape, 20, 2), Start.RESUME))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("config.optimizer.steps was 10 and is 20")
                .hasMessageContaining("a linear or cosine rate falls over all steps");
    }

    @Test
    void isHeldByOneRunAtATime() {
        try (RunFolder held = open(temp, record(3, 1e-5), Start.NEW)) {
            assertThatThrownBy(() -> open(held.path(), record(3, 1e-5), Start.RESUME))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("another run is writing");
        }
        open(temp, record(3, 1e-5), Start.RESUME).close();
    }

    @Test
    void namesAFolderThatCannotBeWritten() throws IOException {
        Path file = Files.writeString(temp.resolve("file"), "not a folder");
        assertThatThrownBy(() -> open(file.resolve("run"), record(3, 1e-5), Start.NEW))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("name another folder");
    }

    @Test
    void hashesFilesAndFolders() throws IOException {
        Path file = Files.writeString(temp.resolve("abc"), "abc");
        assertThat(WeightHashes.sha256(file))
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        String before = WeightHashes.sha256(temp);
        Files.move(file, temp.resolve("abd"));
        assertThat(WeightHashes.sha256(temp)).isNotEqualTo(before);
    }

    private static RunFolder open(Path path, RunRecord record, Start start) {
        return RunFolder.open(path, record, start, 2);
    }

    private static RunRecord record(long seed, double rate) {
        return RunRecord.of(
                "ict", seed, new Settings(rate, 100), Map.of("base", "00ff"), Device.cpu());
    }
}

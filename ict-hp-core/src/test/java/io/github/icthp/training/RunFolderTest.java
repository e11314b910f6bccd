package io.github.icthp.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;

import com.google.gson.JsonObject;
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
import java.util.function.UnaryOperator;

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
        assertThat(read.toJson()).isEqualTo(record.toJson()).doesNotContain("assumptions");
    }

    @Test
    void whatWasAssumedIsRecordedAndNeedNotBeShared() throws IOException {
        RunRecord record = record(3, 1e-5);
        RunRecord assuming = record.withAssumptions(Map.of("base", "GELU assumed", "ict", ""));
        makeAStep(open(temp, assuming, Start.NEW));
        RunRecord read = RunRecord.fromJson(Files.readString(temp.resolve("run.json")));
        assertThat(read.assumptions()).containsExactly(Map.entry("base", "GELU assumed"));
        open(temp, record, Start.RESUME).close();
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

    /** What earlier versions recorded of a run of DRaFT-K, in their words. */
    private static final String PAST =
            """
            {"sampling": {"steps": 8, "unrolling": {"k": 3, "kind": "LastK"}, "width": 32,
              "height": 32, "guidance": 0.0, "clamp": true},
             "optimisation": {"iterations": 4, "batch": 2, "accumulation": 1,
              "rate": {"shape": "CONSTANT", "peak": 0.001, "warmUp": 0, "total": 0},
              "adamW": {"beta1": 0.9, "beta2": 0.999, "eps": 1.0E-8}, "weightDecay": 0.01,
              "maxNorm": 1.0, "average": 0.0},
             "guards": {"drift": 0.2, "evaluateEvery": 5, "saveEvery": 7, "keep": 2, "patience": 1},
             "prompts": "3 prompts"}
            """;

    private static RunRecord now(UnaryOperator<OptimizerConfig.Builder> change) {
        OptimizerConfig config =
                change.apply(OptimizerConfig.custom().steps(4).learningRate(1e-3).batchSize(2))
                        .build();
        JsonObject json = JsonParser.parseString(PAST).getAsJsonObject();
        json.remove("optimisation");
        json.remove("guards");
        json.add("optimizer", RunRecord.settings(config));
        json.addProperty("drift", 0.2);
        json.addProperty("evaluateEvery", 5);
        json.addProperty("patience", 1);
        return RunRecord.of("draft-k", 0, json, Map.of(), Device.cpu());
    }

    @Test
    void resumesARunThatAnEarlierVersionRecorded() throws IOException {
        JsonObject past = JsonParser.parseString(PAST).getAsJsonObject();
        makeAStep(open(temp, RunRecord.of("draft-k", 0, past, Map.of(), Device.cpu()), Start.NEW));
        RunFolder.check(temp, now(o -> o), Start.RESUME);
        RunFolder.check(temp, now(o -> o.steps(9)), Start.RESUME);
        assertThatThrownBy(() -> RunFolder.check(temp, now(o -> o.batchSize(3)), Start.RESUME))
                .hasMessageContaining("config.optimizer.batchSize was 2 and is 3");
        assertThatThrownBy(() -> RunFolder.check(temp, now(o -> o.average(0.9)), Start.RESUME))
                .hasMessageContaining("config.optimizer.average was 0.0 and is 0.9");
    }

    @Test
    void aLimitThatIsInfiniteIsNone() {
        JsonObject json =
                RunRecord.settings(
                        OptimizerConfig.custom()
                                .steps(1)
                                .learningRate(0)
                                .maxGradientNorm(Double.POSITIVE_INFINITY)
                                .build());
        assertThat(json.get("maxGradientNorm").getAsString()).isEqualTo("none");
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
                .hasMessageContaining("was 20 and is 15")
                .hasMessageContaining("was to make 20 steps and has made 0 of them; 15 are fewer")
                .hasMessageContaining("Ask for 20 or more");
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

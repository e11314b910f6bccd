package io.github.icthp.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;

import io.github.icthp.Precision;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;
import io.github.icthp.train.TinyRun.Colors;
import io.github.icthp.train.data.BadRowException;
import io.github.icthp.train.data.PreferenceTriplet;
import io.github.icthp.training.DivergenceException;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.MetricsFile;
import io.github.icthp.training.RunListener;
import io.github.icthp.training.RunProgress;
import io.github.icthp.training.RunRecord;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Whole runs of a tiny model. */
class TrainersTest {

    @TempDir Path folder;
    private Path base;
    private Path output;

    @BeforeEach
    void writeBase() {
        base = TinyRun.base(folder.resolve("base"));
        output = folder.resolve("run");
    }

    @Test
    void ictLearnsAndIsWrittenToBeScoredWith() {
        TrainingResult result =
                TinyRun.ict(base, output, 30)
                        .validation(new Colors(6, 20))
                        .evaluateEvery(15)
                        .train();

        assertThat(result.steps()).isEqualTo(30);
        assertThat(result.reason()).isEqualTo("finished");
        assertThat(result.accuracy().getAsDouble()).isBetween(0.0, 1.0);
        List<Metrics> train = metrics(Metrics.TRAIN);
        assertThat(train).hasSize(30);
        assertThat(mean(train.subList(20, 30))).isLessThan(0.5 * mean(train.subList(0, 10)));
        assertThat(metrics(Metrics.EVALUATE)).extracting(Metrics::step).containsExactly(15L, 30L);
        PreferenceTriplet triplet = new Colors(1, 0).get(0);
        try (RewardModel before = RewardModel.ict().ict(base).build();
                RewardModel after = RewardModel.ict().ict(result.last()).build()) {
            double old = score(before, triplet, 2);
            assertThat(score(after, triplet, 2)).isGreaterThan(old).isGreaterThan(0.8);
        }
    }

    private static double score(RewardModel model, PreferenceTriplet triplet, int rank) {
        RewardScore score =
                model.score(
                        new PromptImage(triplet.easyPrompt(), triplet.images().ranked().get(rank)));
        return score.value();
    }

    @Test
    void hpLearnsFromRandomWeightsToRankHeldOutTriplets() {
        TrainingResult result =
                TinyRun.hp(base, output, 40)
                        .validation(new Colors(6, 20))
                        .evaluateEvery(20)
                        .train();

        assertThat(result.accuracy()).hasValue(1);
        PreferenceTriplet triplet = new Colors(1, 1).get(0);
        try (RewardModel model = RewardModel.hp().hp(result.best()).build()) {
            assertThat(score(model, triplet, 2)).isGreaterThan(score(model, triplet, 1));
            assertThat(score(model, triplet, 1)).isGreaterThan(score(model, triplet, 0));
        }
    }

    @Test
    void everythingToSeeIsWrittenAndHeard() throws Exception {
        Heard heard = new Heard();
        TinyRun.hp(base, output, 4)
                .validation(new Colors(6, 20), 3)
                .saveEvery(2)
                .keep(1)
                .listener(heard)
                .train();

        assertThat(heard.lines.get(0)).startsWith("started hp at 0 of 4, trained ");
        assertThat(heard.lines)
                .contains("step 1, 12 images/s known: true", "step 4, 12 images/s known: true")
                .contains("evaluated at 2", "evaluated at 4", "ended at 4: finished");
        for (String file : List.of("run.json", "loss.png", "accuracy.png", "metrics.jsonl")) {
            assertThat(output.resolve(file)).isNotEmptyFile();
        }
        assertThat(output.resolve("tensorboard")).isNotEmptyDirectory();
        RunRecord record = RunRecord.fromJson(Files.readString(output.resolve("run.json")));
        JsonObject trained = record.config().getAsJsonObject("trained");
        assertThat(trained.get("hp_backbone.vision_model.encoder.layers.0-1").getAsLong())
                .isEqualTo(2 * (4 * (16 * 16 + 16) + 2 * 2 * 16 + 32 * 16 + 32 + 16 * 32 + 16));
        assertThat(record.config().getAsJsonObject("frozen").isEmpty()).isTrue();
    }

    private static final class Heard implements RunListener {
        final List<String> lines = new ArrayList<>();

        @Override
        public void started(RunRecord record, long step, long total) {
            lines.add(
                    String.format(
                            Locale.ROOT,
                            "started %s at %d of %d, trained %s",
                            record.kind(),
                            step,
                            total,
                            record.config().get("trained")));
        }

        @Override
        public void stepped(Metrics metrics, RunProgress progress) {
            boolean known = progress.itemsPerSecond() > 0;
            lines.add(
                    String.format(
                            Locale.ROOT, "step %d, 12 images/s known: %s", metrics.step(), known));
        }

        @Override
        public void evaluated(Metrics metrics) {
            lines.add("evaluated at " + metrics.step());
        }

        @Override
        public void ended(long step, String reason) {
            lines.add(String.format(Locale.ROOT, "ended at %d: %s", step, reason));
        }
    }

    @Test
    void stopsEarlyWhenNothingGetsBetter() {
        TrainingResult result =
                TinyRun.hp(base, output, 50)
                        .config(still())
                        .validation(new Colors(6, 20))
                        .evaluateEvery(1)
                        .patience(3)
                        .train();

        assertThat(result.steps()).isEqualTo(4);
        assertThat(result.reason()).startsWith("stopped early");
    }

    /** Nothing moves, so no evaluation is better than the first. */
    private static HpConfig still() {
        return HpConfig.paper()
                .withOptimizer(o -> o.steps(50).learningRate(0).batchSize(2))
                .withHiddenWidth(8);
    }

    @Test
    void stopsAtALossThatIsNoNumberAndNamesStepAndRows() {
        IctConfig wild =
                IctConfig.paper().withOptimizer(o -> o.steps(50).learningRate(1e30).batchSize(2));
        assertThatThrownBy(() -> TinyRun.ict(base, output, 50).config(wild).saveEvery(1).train())
                .isInstanceOf(DivergenceException.class)
                .hasMessageContaining("step")
                .hasMessageContaining("rows [");
        assertThat(output.resolve("checkpoints/step-00000001")).isNotEmptyDirectory();
    }

    @Test
    void recordsWhatWasAssumedOfTheBase() throws IOException {
        Files.delete(base.resolve("preprocessor_config.json"));
        TinyRun.hp(base, output, 1).train();
        RunRecord record = RunRecord.fromJson(Files.readString(output.resolve("run.json")));
        assertThat(record.assumptions()).containsOnlyKeys("base");
        assertThat(record.assumptions().get("base")).contains("image settings assumed");
    }

    @Test
    void aBadRowStopsTheRunOrIsSkipped() {
        Colors broken = new Colors(10, 0, Optional.of(3L));
        assertThatThrownBy(() -> TinyRun.hp(base, output, 5).data(broken).train())
                .isInstanceOf(BadRowException.class)
                .hasMessageContaining("row 3");
        List<Long> skipped = new ArrayList<>();
        TinyRun.hp(base, folder.resolve("other"), 5)
                .data(broken)
                .badRows(bad -> skipped.add(bad.row()))
                .train();
        assertThat(skipped).contains(3L);
    }

    @Test
    void namesAllThatIsMissingAtOnce() {
        assertThatThrownBy(() -> Trainers.hp().config(HpConfig.released()).train())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("base(path)")
                .hasMessageContaining("ict(path)")
                .hasMessageContaining("data(triplets)")
                .hasMessageContaining("output(folder)");
    }

    @Test
    void refusesAFolderThatHoldsARun() {
        TinyRun.hp(base, output, 1).train();
        assertThatThrownBy(() -> TinyRun.hp(base, output, 1).train())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("holds a run already");
        assertThatThrownBy(() -> TinyRun.hp(base, output, 1).seed(6).resume(true).train())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("seed was 5 and is 6");
    }

    @Test
    void trainsInLowPrecisionWithFloat32Masters() {
        for (Precision precision : List.of(Precision.BF16, Precision.FP16)) {
            TinyRun.ict(base, folder.resolve("ict " + precision), 10).precision(precision).train();
            Path file = folder.resolve("ict " + precision).resolve("metrics.jsonl");
            List<Metrics> found = MetricsFile.read(file);
            assertThat(mean(found.subList(5, 10))).isLessThan(mean(found.subList(0, 5)));
            assertThat(found.get(9).values().containsKey("loss_scale"))
                    .isEqualTo(precision == Precision.FP16);
        }
    }

    private List<Metrics> metrics(String phase) {
        return MetricsFile.read(output.resolve("metrics.jsonl")).stream()
                .filter(m -> m.phase().equals(phase))
                .toList();
    }

    private static double mean(List<Metrics> metrics) {
        return metrics.stream().mapToDouble(m -> m.values().get("loss")).average().orElseThrow();
    }
}

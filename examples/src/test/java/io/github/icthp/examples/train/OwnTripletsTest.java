package io.github.icthp.examples.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.Miniature;
import io.github.icthp.Precision;
import io.github.icthp.RewardModel;
import io.github.icthp.examples.world.DrawnWorld;
import io.github.icthp.testing.Devices;
import io.github.icthp.train.IctConfig;
import io.github.icthp.train.IctTrainerBuilder;
import io.github.icthp.train.Trainers;
import io.github.icthp.train.TrainingResult;
import io.github.icthp.train.data.IctTargets;
import io.github.icthp.train.data.PreferenceDataset;
import io.github.icthp.train.data.PreferenceTriplet;
import io.github.icthp.train.data.Split;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.MetricsFile;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;

/** From triplets of one's own, which nobody has labeled, to an ICT model. */
class OwnTripletsTest {

    @TempDir private Path folder;

    /** Unlabeled, and numbered as they came. */
    private static List<PreferenceTriplet> triplets(int count) {
        PreferenceDataset world = DrawnWorld.seed(4).side(48).split(Split.TRAIN);
        return LongStream.range(0, count)
                .mapToObj(world::get)
                .map(
                        t ->
                                new PreferenceTriplet(
                                        100 + t.row(),
                                        t.easyPrompt(),
                                        t.refinedPrompt(),
                                        t.images()))
                .toList();
    }

    private static RewardModel clip() {
        return RewardModel.ict()
                .ict(Miniature.clip())
                .device(Devices.tested())
                .precision(Precision.FP32)
                .build();
    }

    private IctTrainerBuilder trainer(PreferenceDataset data) {
        return Trainers.ict()
                .base(Miniature.clip())
                .data(data)
                .output(folder.resolve("run"))
                .devices(Devices.tested())
                .decodingThreads(1)
                .config(
                        IctConfig.paper()
                                .withOptimizer(o -> o.steps(2).learningRate(1e-3).batchSize(4)));
    }

    @Test
    void areLabeledAndTrainedOn() {
        try (RewardModel clip = clip();
                PreferenceDataset data =
                        PreferenceDataset.of("my triplets", triplets(8)).labeled(clip)) {
            assertThat(data.size()).hasValue(8);
            for (long row = 0; row < 8; row++) {
                IctTargets targets = data.get(row).targets().orElseThrow();
                assertThat(targets.e1()).isBetween(0.0, targets.e2());
                assertThat(targets.r2()).isBetween(0.0, targets.e2());
            }
            TrainingResult result = trainer(data).train();
            assertThat(result.steps()).isEqualTo(2);
            assertThat(result)
                    .hasToString(
                            String.format(
                                    Locale.ROOT,
                                    "TrainingResult[finished after 2 steps: %s]",
                                    result.best()));
            assertThat(data).hasToString("my triplets: 8 labeled triplets");
        }
        List<Metrics> metrics = MetricsFile.read(folder.resolve("run/metrics.jsonl"));
        assertThat(metrics).isNotEmpty();
        try (RewardModel trained =
                RewardModel.ict()
                        .ict(folder.resolve("run/last"))
                        .device(Devices.tested())
                        .precision(Precision.FP32)
                        .build()) {
            PreferenceTriplet first = triplets(1).get(0);
            assertThat(trained.rank(first.easyPrompt(), first.images().refined()).get(0).value())
                    .isBetween(-1.0, 1.0);
        }
    }

    @Test
    void labelsFollowTheThresholdGiven() {
        try (RewardModel clip = clip()) {
            PreferenceDataset own = PreferenceDataset.of("mine", triplets(3));
            PreferenceDataset low = own.labeled(clip, 0.01);
            PreferenceDataset high = own.labeled(clip, 1);
            for (long row = 0; row < 3; row++) {
                assertThat(high.get(row).targets().orElseThrow().e2())
                        .isLessThan(low.get(row).targets().orElseThrow().e2());
            }
            assertThatThrownBy(() -> own.labeled(clip, 1.5))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("1.5");
        }
    }

    @Test
    void withoutLabelsTheMessageNamesVerbAndClass() {
        PreferenceDataset own = PreferenceDataset.of("mine", triplets(8));
        assertThatThrownBy(() -> trainer(own).train())
                .hasMessageContainingAll(
                        "expected ICT targets for",
                        "PreferenceDataset.labeled",
                        "TripletLabeler",
                        "the verb label",
                        "train ict --table");
    }

    @Test
    void aListIsADataSet() {
        PreferenceDataset own = PreferenceDataset.of("mine", triplets(3));
        assertThat(own.stream(0).map(PreferenceTriplet::row)).containsExactly(0L, 1L, 2L);
        assertThat(own.name()).isEqualTo("mine");
        assertThat(own.fingerprint())
                .isEqualTo(PreferenceDataset.of("again", triplets(3)).fingerprint())
                .isNotEqualTo(PreferenceDataset.of("mine", triplets(2)).fingerprint());
        assertThatThrownBy(() -> own.get(3))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining("mine: row");
        assertThatThrownBy(() -> own.get(-1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> own.get(1L << 32)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}

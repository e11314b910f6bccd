package io.github.icthp.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class TripletLabellerTest {

    private static final IctLabels LABELS = new IctLabels(0.25);

    @TempDir private Path folder;

    /** Scores that tell the rows apart. */
    private static ClipScores scores(PreferenceTriplet triplet) {
        return new ClipScores(-0.1, 0.05 * (triplet.row() + 1), 0.5);
    }

    private static List<ClipScores> score(List<PreferenceTriplet> batch) {
        return batch.stream().map(TripletLabellerTest::scores).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"labelled.jsonl", "labelled.parquet"})
    void writesTheTableAgainWithTargets(String name) throws IOException {
        Path output = folder.resolve("new").resolve(name);
        List<Long> progress = new ArrayList<>();
        try (PickHighDataset data = PickHighDataset.open(GoldenTriplets.FOLDER, Split.TRAIN)) {
            long rows = data.size().orElseThrow();
            assertThat(
                            new TripletLabeller(LABELS, TripletLabellerTest::score)
                                    .batchSize(4)
                                    .progress(progress::add)
                                    .label(data, output))
                    .isEqualTo(rows);
            assertThat(progress).first().isEqualTo(4L);
            assertThat(progress).last().isEqualTo(rows);
            try (PickHighDataset labelled = GoldenTriplets.open(output, Split.TRAIN)) {
                for (long row = 0; row < rows; row++) {
                    IctTargets expected = LABELS.targets(scores(data.get(row))).clamped();
                    assertThat(labelled.get(row)).isEqualTo(data.get(row).withTargets(expected));
                    assertThat(expected.e1()).isZero();
                }
            }
        }
    }

    @Test
    void aBadRowEndsItAndLeavesNoTable() throws IOException {
        Path output = folder.resolve("labelled.jsonl");
        try (PickHighDataset data = PickHighDataset.open(GoldenTriplets.FOLDER, Split.TRAIN)) {
            TripletLabeller labeller = new TripletLabeller(LABELS, TripletLabellerTest::refuseRow1);
            assertThatThrownBy(() -> labeller.label(data, output))
                    .isInstanceOf(BadRowException.class)
                    .hasMessageContaining("row 1");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aSkippedRowIsLeftOut() throws IOException {
        Path output = folder.resolve("labelled.jsonl");
        List<Long> skipped = new ArrayList<>();
        try (PickHighDataset data = PickHighDataset.open(GoldenTriplets.FOLDER, Split.TRAIN)) {
            long written =
                    new TripletLabeller(LABELS, TripletLabellerTest::refuseRow1)
                            .batchSize(3)
                            .badRows(bad -> skipped.add(bad.row()))
                            .label(data, output);
            assertThat(written).isEqualTo(data.size().orElseThrow() - 1);
            assertThat(skipped).containsExactly(1L);
            try (PickHighDataset labelled = GoldenTriplets.open(output, Split.TRAIN)) {
                assertThat(labelled.get(1).easyPrompt()).isEqualTo(data.get(2).easyPrompt());
                assertThat(labelled.get(1).targets())
                        .contains(LABELS.targets(scores(data.get(2))).clamped());
            }
        }
    }

    private static List<ClipScores> refuseRow1(List<PreferenceTriplet> batch) {
        for (PreferenceTriplet triplet : batch) {
            if (triplet.row() == 1) {
                throw new BadRowException("data", 1, "easy_image_0", "not a picture", null);
            }
        }
        return score(batch);
    }
}

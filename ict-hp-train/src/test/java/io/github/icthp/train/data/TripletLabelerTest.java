package io.github.icthp.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

class TripletLabelerTest {

    private static final IctLabels LABELS = new IctLabels(0.25);

    @TempDir private Path folder;

    /** Scores that tell the rows apart. */
    private static ClipScores scores(PreferenceTriplet triplet) {
        return new ClipScores(-0.1, 0.05 * (triplet.row() + 1), 0.5);
    }

    private static List<ClipScores> score(List<PreferenceTriplet> batch) {
        return batch.stream().map(TripletLabelerTest::scores).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"labeled.jsonl", "labeled.parquet"})
    void writesTheTableAgainWithTargets(String name) throws IOException {
        Path output = folder.resolve("new").resolve(name);
        List<Long> progress = new ArrayList<>();
        try (PickHighDataset data = PickHighDataset.open(GoldenTriplets.FOLDER, Split.TRAIN)) {
            long rows = data.size().orElseThrow();
            assertThat(
                            new TripletLabeler(LABELS, TripletLabelerTest::score)
                                    .batchSize(4)
                                    .progress(progress::add)
                                    .label(data, output))
                    .isEqualTo(rows);
            assertThat(progress).first().isEqualTo(4L);
            assertThat(progress).last().isEqualTo(rows);
            try (PickHighDataset labeled = GoldenTriplets.open(output, Split.TRAIN)) {
                for (long row = 0; row < rows; row++) {
                    IctTargets expected = LABELS.targets(scores(data.get(row))).clamped();
                    assertThat(labeled.get(row)).isEqualTo(data.get(row).withTargets(expected));
                    assertThat(expected.e1()).isZero();
                }
            }
        }
    }

    /** The golden rows as JSON lines, one of them with something in place of its old labels. */
    private Path oldLabels(String replaced) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (JsonElement row : GoldenTriplets.rows(Split.TRAIN)) {
            String line = row.toString();
            lines.append(lines.isEmpty() ? line.replaceFirst("\"E1\":.*\\}", replaced + "}") : line)
                    .append('\n');
        }
        return Files.writeString(folder.resolve("old.jsonl"), lines);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"E1\":NaN,\"E2\":null,\"R1\":0.5,\"R2\":0.5",
                "\"E1\":1.5,\"E2\":-1,\"R1\":Infinity,\"R2\":0.5",
                "\"E1\":\"no\",\"E2\":[1],\"R1\":{},\"R2\":true",
                "\"R2\":0.5",
            })
    void oldLabelsAreReplacedWhateverTheyAre(String old) throws IOException {
        Path table = oldLabels(old);
        PickHighLayout layout = PickHighLayout.of(GoldenTriplets.FOLDER, Split.TRAIN, table);
        Path output = folder.resolve("new.jsonl");
        try (PickHighDataset data = PickHighDataset.openWithoutLabels(layout)) {
            assertThat(data.isLabeled()).isFalse();
            long rows = data.size().orElseThrow();
            TripletLabeler labeler = new TripletLabeler(LABELS, TripletLabelerTest::score);
            assertThat(labeler.label(data, output)).isEqualTo(rows);
            try (PickHighDataset labeled = GoldenTriplets.open(output, Split.TRAIN);
                    PreferenceDataset inMemory = labeler.label(data)) {
                for (long row = 0; row < rows; row++) {
                    IctTargets expected = LABELS.targets(scores(data.get(row))).clamped();
                    assertThat(labeled.get(row).targets()).contains(expected);
                    assertThat(inMemory.get(row).targets()).contains(expected);
                }
            }
        }
    }

    @Test
    void aDataSetThatIsOpenWithLabelsIsLabeledWithoutThem() throws IOException {
        Path table = oldLabels("\"E1\":NaN,\"E2\":1,\"R1\":0.5,\"R2\":0.5");
        try (PickHighDataset data = GoldenTriplets.open(table, Split.TRAIN)) {
            assertThatThrownBy(() -> data.get(0)).hasMessageContaining("column E1");
            TripletLabeler labeler = new TripletLabeler(LABELS, TripletLabelerTest::score);
            assertThat(labeler.label(data, folder.resolve("new.parquet")))
                    .isEqualTo(data.size().orElseThrow());
            assertThat(data.badRows()).hasSize(1);
        }
    }

    @Test
    void aBadRowEndsItAndLeavesNoTable() throws IOException {
        Path output = folder.resolve("labeled.jsonl");
        try (PickHighDataset data = PickHighDataset.open(GoldenTriplets.FOLDER, Split.TRAIN)) {
            TripletLabeler labeler = new TripletLabeler(LABELS, TripletLabelerTest::refuseRow1);
            assertThatThrownBy(() -> labeler.label(data, output))
                    .isInstanceOf(BadRowException.class)
                    .hasMessageContaining("row 1");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aSkippedRowIsLeftOut() throws IOException {
        Path output = folder.resolve("labeled.jsonl");
        List<Long> skipped = new ArrayList<>();
        try (PickHighDataset data = PickHighDataset.open(GoldenTriplets.FOLDER, Split.TRAIN)) {
            long written =
                    new TripletLabeler(LABELS, TripletLabelerTest::refuseRow1)
                            .batchSize(3)
                            .badRows(bad -> skipped.add(bad.row()))
                            .label(data, output);
            assertThat(written).isEqualTo(data.size().orElseThrow() - 1);
            assertThat(skipped).containsExactly(1L);
            try (PickHighDataset labeled = GoldenTriplets.open(output, Split.TRAIN)) {
                assertThat(labeled.get(1).easyPrompt()).isEqualTo(data.get(2).easyPrompt());
                assertThat(labeled.get(1).targets())
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

    @Test
    void labelsAnyTripletsInMemory() {
        List<Long> skipped = new ArrayList<>();
        PreferenceDataset data = CountingDataset.of(7, 2L, 5L);
        try (PreferenceDataset labeled =
                new TripletLabeler(LABELS, TripletLabelerTest::refuseRow1)
                        .batchSize(3)
                        .badRows(bad -> skipped.add(bad.row()))
                        .label(data)) {
            assertThat(skipped).containsExactly(2L, 1L, 5L);
            assertThat(labeled.size()).hasValue(4);
            assertThat(labeled.stream(0).map(PreferenceTriplet::easyPrompt))
                    .containsExactly("easy 0", "easy 3", "easy 4", "easy 6");
            assertThat(labeled.get(1).row()).isEqualTo(1);
            assertThat(labeled.get(1).targets())
                    .contains(LABELS.targets(scores(data.get(3))).clamped());
            assertThat(labeled.fingerprint()).startsWith(data.fingerprint()).contains("sha256:");
            assertThatThrownBy(() -> labeled.get(4)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void otherLabelsAreAnotherDataSet() {
        PreferenceDataset data = CountingDataset.of(3);
        TripletLabeler same = new TripletLabeler(LABELS, TripletLabelerTest::score);
        TripletLabeler other = new TripletLabeler(new IctLabels(0.3), TripletLabelerTest::score);
        assertThat(same.label(data).fingerprint())
                .isEqualTo(same.label(data).fingerprint())
                .isNotEqualTo(other.label(data).fingerprint());
    }

    @ParameterizedTest
    @ValueSource(strings = {"jsonl", "parquet"})
    void writesAnyTripletsWithTheirPictures(String ending) throws IOException {
        PickHighLayout layout = PickHighLayout.of(folder, Split.TRAIN, ending);
        PreferenceDataset data = CountingDataset.of(5);
        assertThat(new TripletLabeler(LABELS, TripletLabelerTest::score).label(data, layout))
                .isEqualTo(5);
        try (PickHighDataset written = PickHighDataset.open(folder, Split.TRAIN)) {
            assertThat(written.isLabeled()).isTrue();
            assertThat(written.size()).hasValue(5);
            for (long row = 0; row < 5; row++) {
                assertThat(written.get(row).refinedPrompt()).isEqualTo("refined " + row);
                assertThat(written.get(row).targets())
                        .contains(LABELS.targets(scores(data.get(row))).clamped());
                assertThat(written.get(row).images().refined().input()).isNotNull();
            }
        }
    }

    @Test
    void rowsThatNeverEndCannotBeLabeled() {
        PreferenceDataset endless = new CountingDataset(OptionalLong.empty(), Set.of());
        TripletLabeler labeler = new TripletLabeler(LABELS, TripletLabelerTest::score);
        assertThatThrownBy(() -> labeler.label(endless))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("CountingDataset never ends; take its first rows");
        PickHighLayout layout = PickHighLayout.of(folder, Split.TRAIN, "jsonl");
        assertThatThrownBy(() -> labeler.label(endless, layout))
                .isInstanceOf(DatasetException.class);
        assertThat(layout.table()).doesNotExist();
    }
}

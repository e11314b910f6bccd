package io.github.icthp.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.google.gson.JsonObject;

import io.github.icthp.testing.Golden;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Frames pickled by several versions of pandas, the released layout, and files to be refused. */
class PickHighDatasetParityTest {

    @TestFactory
    Stream<DynamicTest> releasedLayout() {
        return Arrays.stream(Split.values())
                .map(
                        split ->
                                dynamicTest(
                                        split.folder(),
                                        () -> {
                                            try (PickHighDataset data =
                                                    PickHighDataset.open(
                                                            GoldenTriplets.FOLDER, split)) {
                                                GoldenTriplets.assertSameRows(
                                                        data, split, List.of());
                                            }
                                        }));
    }

    @TestFactory
    Stream<DynamicTest> frames() {
        Path area = Golden.area("dataset/frames");
        JsonObject expected = Golden.json(area.resolve("expected.json"));
        JsonObject narrow = expected.getAsJsonObject("float32_columns");
        return GoldenTriplets.files("dataset/frames", ".pkl").stream()
                .map(file -> dynamicTest(file.getFileName().toString(), () -> frame(file, narrow)));
    }

    private static void frame(Path file, JsonObject narrowByLayout) {
        List<String> narrow =
                narrowByLayout.keySet().stream()
                        .filter(layout -> file.getFileName().toString().contains(layout))
                        .flatMap(l -> narrowByLayout.getAsJsonArray(l).asList().stream())
                        .map(column -> column.getAsString())
                        .toList();
        try (PickHighDataset data = GoldenTriplets.open(file, Split.TRAIN)) {
            GoldenTriplets.assertSameRows(data, Split.TRAIN, narrow);
        }
    }

    @TestFactory
    Stream<DynamicTest> badTables() {
        Path area = Golden.area("dataset/bad");
        JsonObject all = Golden.json(area.resolve("expected.json"));
        return Golden.some(
                        "bad tables",
                        all.getAsJsonArray("cases").asList().stream()
                                .map(one -> one.getAsJsonObject())
                                .filter(one -> one.get("file").getAsString().endsWith(".pkl")))
                .map(one -> dynamicTest(one.get("file").getAsString(), () -> badTable(area, one)));
    }

    private static void badTable(Path area, JsonObject expected) {
        Path file = area.resolve(expected.get("file").getAsString());
        String why = expected.get("why").getAsString();
        switch (expected.get("outcome").getAsString()) {
            case "refuse" ->
                    assertThatThrownBy(() -> GoldenTriplets.open(file, Split.TRAIN))
                            .as(why)
                            .isExactlyInstanceOf(DatasetException.class)
                            .hasMessageContaining(file.toString());
            case "load_empty" -> {
                try (PickHighDataset data = GoldenTriplets.open(file, Split.TRAIN)) {
                    assertThat(data.size()).hasValue(0);
                }
            }
            case "refuse_row" -> badRow(file, why);
            default -> throw new AssertionError("unknown outcome of " + expected);
        }
    }

    /** The reason begins with the row, as in {@code row 1: E1 is not a number}. */
    private static void badRow(Path file, String why) {
        long bad = Long.parseLong(why.substring("row ".length(), why.indexOf(':')));
        try (PickHighDataset data = GoldenTriplets.open(file, Split.TRAIN)) {
            for (long row = 0; row < data.size().orElseThrow(); row++) {
                long number = row;
                if (row == bad) {
                    assertThatThrownBy(() -> data.get(number))
                            .as(why)
                            .isInstanceOf(BadRowException.class)
                            .hasMessageContaining("row " + bad + ", column ");
                } else {
                    assertThat(data.get(row).row()).isEqualTo(row);
                }
            }
        }
    }
}

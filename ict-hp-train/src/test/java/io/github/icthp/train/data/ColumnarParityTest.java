package io.github.icthp.train.data;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Parquet and JSON-lines tables written by pandas. */
class ColumnarParityTest {

    @TestFactory
    Stream<DynamicTest> parquet() {
        return GoldenTriplets.files("dataset/columnar", ".parquet").stream().map(this::sameRows);
    }

    @TestFactory
    Stream<DynamicTest> jsonLines() {
        return GoldenTriplets.files("dataset/columnar", ".jsonl").stream().map(this::sameRows);
    }

    private DynamicTest sameRows(Path file) {
        String name = file.getFileName().toString();
        Split split =
                Arrays.stream(Split.values())
                        .filter(s -> name.startsWith(s.folder()))
                        .findFirst()
                        .orElseThrow();
        return dynamicTest(
                name,
                () -> {
                    try (PickHighDataset data = GoldenTriplets.open(file, split)) {
                        GoldenTriplets.assertSameRows(data, split, List.of());
                    }
                });
    }
}

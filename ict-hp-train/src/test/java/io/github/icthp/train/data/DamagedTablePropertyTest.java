package io.github.icthp.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** A damaged table is refused as a table or row by row; nothing else is ever thrown. */
class DamagedTablePropertyTest {

    private static final int TRIALS = 12;

    @TempDir private Path folder;

    static Stream<Path> tables() {
        return Stream.of(
                        GoldenTriplets.files("dataset/frames", ".pkl"),
                        GoldenTriplets.files("dataset/columnar", ".parquet"),
                        GoldenTriplets.files("dataset/columnar", ".jsonl"))
                .flatMap(List::stream);
    }

    @ParameterizedTest
    @MethodSource("tables")
    void damageIsRefusedByName(Path table) throws IOException {
        byte[] good = Files.readAllBytes(table);
        Random random = new Random(table.getFileName().toString().hashCode());
        Path copy = folder.resolve(table.getFileName());
        int refused = 0;
        for (int trial = 0; trial < TRIALS; trial++) {
            Files.write(copy, damage(good, random));
            refused += readAll(copy) ? 0 : 1;
        }
        assertThat(refused).isPositive();
    }

    /** Cuts the file, or changes one to eight bytes. */
    private static byte[] damage(byte[] good, Random random) {
        if (random.nextInt(4) == 0) {
            return Arrays.copyOf(good, random.nextInt(good.length));
        }
        byte[] bad = good.clone();
        for (int i = 0; i <= random.nextInt(8); i++) {
            bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
        }
        return bad;
    }

    private static boolean readAll(Path table) {
        try (PickHighDataset data = GoldenTriplets.open(table, Split.TRAIN)) {
            for (long row = 0; row < data.size().orElseThrow(); row++) {
                data.get(row);
            }
            return true;
        } catch (DatasetException e) {
            return false;
        } catch (RuntimeException e) {
            return fail("a damaged file must be refused by name", e);
        }
    }
}

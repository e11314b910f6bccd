package io.github.icthp.weights;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.icthp.testing.Golden;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A good file, cut off or with changed bytes, is read or refused: nothing else happens. */
@Timeout(120)
class DamagedFilesPropertyTest {

    private static final int CUTS = 40;
    private static final int CHANGES = 120;

    @TempDir Path temp;

    @TestFactory
    Stream<DynamicTest> damagedFilesAreReadOrRefused() throws IOException {
        Path good = Golden.sample("weights/good");
        try (Stream<Path> files = Files.walk(good)) {
            List<Path> all =
                    files.filter(Files::isRegularFile)
                            .filter(file -> !file.endsWith("expected.json"))
                            .sorted()
                            .toList();
            assertThat(all).isNotEmpty();
            return all.stream()
                    .map(
                            file ->
                                    DynamicTest.dynamicTest(
                                            good.relativize(file).toString(), () -> damage(file)));
        }
    }

    private void damage(Path file) throws IOException {
        Path folder = Files.createTempDirectory(temp, "damaged");
        copySiblings(file, folder);
        Path damaged = folder.resolve(file.getFileName());
        byte[] good = Files.readAllBytes(file);
        Random random = new Random(good.length);
        int refusedCuts = 0;
        for (int i = 0; i < CUTS; i++) {
            refusedCuts += refused(damaged, Arrays.copyOf(good, random.nextInt(good.length)));
        }
        assertThat(refusedCuts).as("cuts that were noticed").isEqualTo(CUTS);
        for (int i = 0; i < CHANGES; i++) {
            byte[] bytes = good.clone();
            IntStream.rangeClosed(0, i % 3)
                    .forEach(n -> bytes[random.nextInt(bytes.length)] = (byte) random.nextInt());
            refused(damaged, bytes);
        }
    }

    /** Returns 1 if the bytes are refused; anything but that or reading them fails the test. */
    private static int refused(Path file, byte[] bytes) throws IOException {
        Files.deleteIfExists(file);
        Files.write(file, bytes);
        try (Weights weights = Weights.open(file)) {
            weights.names().forEach(weights::data);
            return 0;
        } catch (WeightsFormatException e) {
            assertThat(e).hasMessageContaining(file.getFileName().toString());
            return 1;
        }
    }

    private static void copySiblings(Path file, Path target) throws IOException {
        if (file.toString().endsWith(".index.json")) {
            try (Stream<Path> siblings = Files.list(file.getParent())) {
                for (Path sibling : siblings.toList()) {
                    Files.copy(sibling, target.resolve(sibling.getFileName()));
                }
            }
        }
    }
}

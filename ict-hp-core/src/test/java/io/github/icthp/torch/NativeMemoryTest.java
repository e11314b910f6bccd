package io.github.icthp.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.types.Shape;

import com.google.common.base.Splitter;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Needs glibc, which every Linux that PyTorch's natives run on has. */
@EnabledOnOs(OS.LINUX)
class NativeMemoryTest {

    private static final long MIB = 1 << 20;

    @AfterEach
    void reuse() {
        assertThat(NativeMemory.reuse()).isTrue();
    }

    private static long hugeMib() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/smaps_rollup")).stream()
                .filter(line -> line.startsWith("AnonHugePages:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                .sum();
    }

    private static boolean systemHasHugePages() throws IOException {
        Path file = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
        return Files.exists(file) && !Files.readString(file).contains("[never]");
    }

    /** What {@link NativeMemoryReadings} reads with a policy. */
    private static List<Integer> readings(String policy) throws IOException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xint",
                                "-XX:+UseSerialGC",
                                "-Xms64m",
                                "-Xmx64m",
                                "-Dai.djl.offline=true",
                                "-cp",
                                System.getProperty("java.class.path"),
                                NativeMemoryReadings.class.getName(),
                                policy)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        List<String> lines;
        try (BufferedReader out = process.inputReader()) {
            lines = out.lines().filter(line -> line.startsWith("readings ")).toList();
        }
        assertThat(lines).hasSize(1);
        return Splitter.on(' ').splitToStream(lines.get(0)).skip(1).map(Integer::valueOf).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"reuse", "first", "grown"})
    void freedMemoryStaysForTheNextTensorsUntilTrimmed(String policy) throws IOException {
        List<Integer> readings = readings(policy);
        assertThat(readings.get(0)).isGreaterThan(110);
        assertThat(readings.get(1)).isGreaterThan(110);
        assertThat(readings.get(2)).isLessThan(40);
    }

    @ParameterizedTest
    @ValueSource(strings = {"all", "large"})
    void largeTensorsGoBackAtOnceIfAskedTo(String policy) throws IOException {
        List<Integer> readings = readings(policy);
        assertThat(readings.get(0)).isGreaterThan(110);
        assertThat(readings.get(1)).isLessThan(40);
    }

    @Test
    void whatHasNotGrownIsNotTrimmed() {
        NativeMemory.trimGrown();
        assertThat(NativeMemory.trimGrown()).isFalse();
    }

    @Test
    void largeTensorsLieInHugePages() throws IOException {
        assumeTrue(systemHasHugePages(), "the system has no transparent huge pages");
        assertThat(NativeMemory.returnLarge(2 << 20)).isTrue();
        try (TensorScope scope = TensorScope.open(Device.cpu())) {
            long before = hugeMib();
            scope.manager().zeros(new Shape(32 * MIB));
            assertThat(hugeMib()).isGreaterThan(before + 100);
        }
    }

    @Test
    void aReleasedMapIsReadAgain(@TempDir Path folder) throws IOException {
        byte[] content = new byte[3 << 20];
        new Random(2).nextBytes(content);
        Path file = Files.write(folder.resolve("content"), content);
        try (FileChannel channel = FileChannel.open(file)) {
            MappedByteBuffer map = channel.map(FileChannel.MapMode.READ_ONLY, 100, 2 << 20);
            ByteBuffer expected = ByteBuffer.wrap(content, 100, 2 << 20);
            assertThat(map).isEqualTo(expected);
            assertThat(residentKib(file)).isGreaterThan(2000);
            assertThat(NativeMemory.releaseMap(map)).isTrue();
            assertThat(residentKib(file)).isLessThan(200);
            assertThat(map).isEqualTo(expected);
        }
    }

    /** What a file's map takes of resident memory. */
    private static long residentKib(Path file) throws IOException {
        List<String> lines = Files.readAllLines(Path.of("/proc/self/smaps"));
        long kib = 0;
        boolean ours = false;
        for (String line : lines) {
            ours = line.matches("[0-9a-f]+-.*") ? line.endsWith(file.toString()) : ours;
            if (ours && line.startsWith("Rss:")) {
                kib += Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        return kib;
    }

    @Test
    void memoryThatWouldLoseItsValuesIsNotReleased() {
        for (ByteBuffer own : List.of(ByteBuffer.allocateDirect(8), ByteBuffer.allocate(8))) {
            assertThatThrownBy(() -> NativeMemory.releaseMap(own))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected a file's map for reading alone");
        }
    }

    @Test
    void smallerTensorsThanHugePagesAreNeverLarge() {
        assertThatThrownBy(() -> NativeMemory.returnLarge(1 << 20))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 2097152 bytes, got 1048576");
    }
}

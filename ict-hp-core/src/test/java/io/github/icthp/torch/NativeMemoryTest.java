package io.github.icthp.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import com.google.common.base.Splitter;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Needs glibc, which every Linux that PyTorch's natives run on has. */
@EnabledOnOs(OS.LINUX)
class NativeMemoryTest {

    private static final long MIB = 1 << 20;
    private static final int TENSORS = 30;

    @AfterEach
    void reuse() {
        assertThat(NativeMemory.reuse()).isTrue();
    }

    private static long residentMib() throws IOException {
        String pages = Files.readString(Path.of("/proc/self/statm"));
        return Long.parseLong(Splitter.on(' ').splitToList(pages).get(1)) * 4096 / MIB;
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

    /** Touches 120 MiB in tensors of 4 MiB and frees them; returns how much stays resident. */
    private static long left() throws IOException {
        try (TensorScope outer = TensorScope.open(Device.cpu())) {
            NDArray source = outer.manager().zeros(new Shape(MIB));
            NativeMemory.trim();
            long before = residentMib();
            try (TensorScope scope = TensorScope.open(Device.cpu())) {
                for (int i = 0; i < TENSORS; i++) {
                    Tensors.copy(source);
                }
                assertThat(residentMib()).isGreaterThan(before + 90);
                assertThat(scope.manager().isOpen()).isTrue();
            }
            return residentMib() - before;
        }
    }

    @Test
    void freedMemoryStaysForTheNextTensorsUntilTrimmed() throws IOException {
        assertThat(NativeMemory.reuse()).isTrue();
        long left = left();
        assertThat(left).isGreaterThan(90);
        long kept = residentMib();
        assertThat(NativeMemory.trim()).isTrue();
        assertThat(residentMib()).isLessThan(kept - 60);
    }

    @Test
    void freedMemoryGoesBackAtOnceIfAskedTo() throws IOException {
        assertThat(NativeMemory.returnAtOnce()).isTrue();
        assertThat(left()).isLessThan(60);
    }

    @Test
    void largeTensorsGoBackAtOnce() throws IOException {
        assertThat(NativeMemory.returnLarge()).isTrue();
        assertThat(left()).isLessThan(60);
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
    void smallerTensorsThanHugePagesAreNeverLarge() {
        assertThatThrownBy(() -> NativeMemory.returnLarge(1 << 20))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 2097152 bytes, got 1048576");
    }
}

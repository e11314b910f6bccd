package io.github.icthp.torch;

import static org.assertj.core.api.Assertions.assertThat;

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
    private static final int TENSORS = 50;

    @AfterEach
    void reuse() {
        assertThat(NativeMemory.reuse()).isTrue();
    }

    private static long residentMib() throws IOException {
        String pages = Files.readString(Path.of("/proc/self/statm"));
        return Long.parseLong(Splitter.on(' ').splitToList(pages).get(1)) * 4096 / MIB;
    }

    /** Touches 200 MiB in tensors of 4 MiB and frees them; returns how much stays resident. */
    private static long left() throws IOException {
        try (TensorScope outer = TensorScope.open(Device.cpu())) {
            NDArray source = outer.manager().zeros(new Shape(MIB));
            NativeMemory.trim();
            long before = residentMib();
            try (TensorScope scope = TensorScope.open(Device.cpu())) {
                for (int i = 0; i < TENSORS; i++) {
                    Tensors.copy(source);
                }
                assertThat(residentMib()).isGreaterThan(before + 150);
                assertThat(scope.manager().isOpen()).isTrue();
            }
            return residentMib() - before;
        }
    }

    @Test
    void freedMemoryStaysForTheNextTensorsUntilTrimmed() throws IOException {
        assertThat(NativeMemory.reuse()).isTrue();
        long left = left();
        assertThat(left).isGreaterThan(150);
        long kept = residentMib();
        assertThat(NativeMemory.trim()).isTrue();
        assertThat(residentMib()).isLessThan(kept - 100);
    }

    @Test
    void freedMemoryGoesBackAtOnceIfAskedTo() throws IOException {
        assertThat(NativeMemory.returnAtOnce()).isTrue();
        assertThat(left()).isLessThan(100);
    }
}

package io.github.icthp.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import com.google.common.base.Splitter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * A process of its own that reads how much memory is resident, as in one that many tests share
 * holes that other tests left take part in it. Prints mebibytes more than at the beginning: with 30
 * tensors of 4 MiB, when they are freed, and after trimming: at once, for the first time, or what
 * has grown.
 */
final class NativeMemoryReadings {

    private static final long MIB = 1 << 20;
    private static final int TENSORS = 30;

    private NativeMemoryReadings() {}

    public static void main(String[] policy) throws IOException {
        switch (policy[0]) {
            case "reuse", "first", "grown" -> NativeMemory.reuse();
            case "large" -> NativeMemory.returnLarge();
            default -> NativeMemory.returnAtOnce();
        }
        try (TensorScope outer = TensorScope.open(Device.cpu())) {
            NDArray source = outer.manager().zeros(new Shape(MIB));
            Tensors.copy(source);
            NativeMemory.trim();
            if (policy[0].equals("grown")) {
                NativeMemory.trimGrown();
            }
            long before = residentMib();
            long held = held(source);
            long freed = residentMib();
            if (policy[0].equals("reuse")) {
                NativeMemory.trim();
            } else {
                NativeMemory.trimGrown();
            }
            System.out.printf(
                    Locale.ROOT,
                    "readings %d %d %d%n",
                    held - before,
                    freed - before,
                    residentMib() - before);
        }
    }

    private static long held(NDArray source) throws IOException {
        return TensorScope.call(
                Device.cpu(),
                () -> {
                    for (int i = 0; i < TENSORS; i++) {
                        Tensors.copy(source);
                    }
                    return residentMib();
                });
    }

    private static long residentMib() throws IOException {
        String pages = Files.readString(Path.of("/proc/self/statm"));
        return Long.parseLong(Splitter.on(' ').splitToList(pages).get(1)) * 4096 / MIB;
    }
}

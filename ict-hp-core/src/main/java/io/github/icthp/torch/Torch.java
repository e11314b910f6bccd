package io.github.icthp.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The PyTorch engine: managers, threads, and what the hardware is good at. */
public final class Torch {

    private static final Set<Device> GPUS = ConcurrentHashMap.newKeySet();

    static {
        NativeMemory.initialise();
        FullPrecision.initialise();
    }

    private Torch() {}

    /**
     * Creates a manager that owns tensors until it is closed.
     *
     * @param device where they live
     * @return a new manager without a parent
     * @throws IllegalArgumentException if PyTorch cannot use that GPU
     */
    public static PtNDManager manager(Device device) {
        if (device.isGpu() && !GPUS.contains(device)) {
            requireGpu(device);
            GPUS.add(device);
        }
        return (PtNDManager) NDManager.newBaseManager(device, "PyTorch");
    }

    private static void requireGpu(Device device) {
        try (NDManager manager = NDManager.newBaseManager(device, "PyTorch")) {
            manager.zeros(new Shape(1));
        } catch (EngineException e) {
            throw new IllegalArgumentException(
                    "Torch: expected a GPU that PyTorch can use, got "
                            + device
                            + "; put ai.djl.pytorch:pytorch-native-cu128 on the class path in place"
                            + " of pytorch-native-cpu, and check that the driver and CUDA's runtime"
                            + " (libcudart) are installed; or take the CPU: "
                            + e.getMessage().split("\\.\\s|\n", 2)[0],
                    e);
        }
    }

    /**
     * Returns PyTorch's version.
     *
     * @return for example {@code 2.7.1}
     */
    public static String version() {
        return Engine.getEngine("PyTorch").getVersion();
    }

    /**
     * Returns how many threads one CPU operation uses.
     *
     * @return the number of threads
     */
    public static int threads() {
        Engine.getEngine("PyTorch");
        return JniUtils.getNumThreads();
    }

    /**
     * Says whether a device multiplies bfloat16 matrices in hardware: an NVIDIA GPU of compute
     * capability 8.0 or more, or a CPU with AVX512-BF16, AMX or the Arm bf16 extension.
     *
     * @param device the device
     * @return true if bfloat16 is faster than float32 there
     */
    public static boolean fastBfloat16(Device device) {
        if (device.isGpu()) {
            return CudaDriver.computeCapability(device.getDeviceId()) >= 80;
        }
        return CpuFlags.BFLOAT16;
    }

    private static final class CpuFlags {

        static final boolean BFLOAT16 = detect();

        private static boolean detect() {
            Path info = Path.of("/proc/cpuinfo");
            if (!Files.isReadable(info)) {
                return false;
            }
            try {
                String text = Files.readString(info, StandardCharsets.ISO_8859_1);
                return text.lines()
                        .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
                        .limit(1)
                        .anyMatch(line -> line.matches(".*\\b(avx512_bf16|amx_bf16|bf16)\\b.*"));
            } catch (IOException e) {
                return false;
            }
        }
    }
}

package io.github.icthp.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** The PyTorch engine: managers, threads, and what the hardware is good at. */
public final class Torch {

    private static final Set<Device> GPUS = ConcurrentHashMap.newKeySet();

    static {
        prepare();
    }

    private Torch() {}

    /** PyTorch, loaded once. A failed attempt is made anew, and says the same. */
    private static final class Loaded {

        private static volatile @Nullable Engine engine;

        private static synchronized Engine load() {
            Engine loaded = engine;
            if (loaded == null) {
                loaded = first();
                OpenMp.keepWithinProcessors();
                engine = loaded;
            }
            return loaded;
        }

        private static Engine first() {
            try {
                return Engine.getEngine("PyTorch");
            } catch (EngineException | LinkageError e) {
                throw NativeLibraryException.of("pytorch", e);
            }
        }
    }

    /**
     * Sets what PyTorch's native libraries read from the environment when they are loaded: how idle
     * threads wait, huge pages, float32 on GPUs. It happens by itself before this library computes,
     * and when DJL looks for its engines; it has no effect once PyTorch is loaded. What the user
     * has set stays.
     */
    public static void prepare() {
        NativeMemory.initialize();
        FullPrecision.keep();
        OpenMp.giveProcessorsAway();
    }

    /**
     * Returns DJL's PyTorch engine, which is loaded at the first call.
     *
     * @return the engine
     * @throws NativeLibraryException if PyTorch's native libraries cannot be loaded
     */
    public static Engine engine() {
        Engine engine = Loaded.engine;
        return engine == null ? Loaded.load() : engine;
    }

    /**
     * Creates a manager that owns tensors until it is closed.
     *
     * @param device where they live
     * @return a new manager without a parent
     * @throws IllegalArgumentException if PyTorch cannot use that GPU
     * @throws NativeLibraryException if PyTorch's native libraries cannot be loaded
     */
    public static PtNDManager manager(Device device) {
        if (device.isGpu() && !GPUS.contains(device)) {
            requireGpu(device);
            GPUS.add(device);
        }
        return (PtNDManager) engine().newBaseManager(device);
    }

    private static void requireGpu(Device device) {
        try (NDManager manager = engine().newBaseManager(device)) {
            manager.zeros(new Shape(1));
        } catch (EngineException e) {
            throw new IllegalArgumentException(
                    "Torch: expected a GPU that PyTorch can use, got "
                            + device
                            + "; the PyTorch that is loaded must be one for CUDA: name the folder"
                            + " of its libraries in PYTORCH_LIBRARY_PATH with PYTORCH_FLAVOR=cu128,"
                            + " or take pytorch-native-cpu off the class path and let DJL download"
                            + " it (see docs/gpu.md), and check that the driver and CUDA's runtime"
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
        return engine().getVersion();
    }

    /**
     * Returns how many threads one CPU operation uses.
     *
     * @return the number of threads
     */
    public static int threads() {
        engine();
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
        return CpuInfo.BFLOAT16;
    }

    /**
     * Says whether linear layers over many rows are faster by oneDNN, with weights in its own
     * layout, than by the BLAS library behind PyTorch's own: on a CPU, for bfloat16 if it
     * multiplies that, and for float32 unless Intel made it. There MKL is as fast or faster, and
     * nothing need be laid out.
     *
     * @param device the device
     * @param type the type of weights and activations
     * @return true if weights should be packed
     */
    public static boolean packsLinears(Device device, DType type) {
        return !device.isGpu()
                && switch (type) {
                    case FLOAT32 -> !CpuInfo.INTEL;
                    case BFLOAT16 -> CpuInfo.BFLOAT16;
                    default -> false;
                };
    }

    /** What Linux says of the processor; nothing elsewhere. */
    private static final class CpuInfo {

        private static final List<String> LINES = lines();

        static final boolean BFLOAT16 =
                first("flags", "Features").matches(".*\\b(avx512_bf16|amx_bf16|bf16)\\b.*");

        static final boolean INTEL = first("vendor_id").contains("GenuineIntel");

        private static String first(String... names) {
            return LINES.stream()
                    .filter(line -> Stream.of(names).anyMatch(line::startsWith))
                    .findFirst()
                    .orElse("");
        }

        private static List<String> lines() {
            Path info = Path.of("/proc/cpuinfo");
            if (!Files.isReadable(info)) {
                return List.of();
            }
            try {
                return Files.readAllLines(info, StandardCharsets.ISO_8859_1);
            } catch (IOException e) {
                return List.of();
            }
        }
    }
}

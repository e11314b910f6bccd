package io.github.icthp.torch;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.ptr.IntByReference;

/**
 * What NVIDIA's driver says about GPUs.
 *
 * <p>DJL asks CUDA's runtime by its plain name, under which a PyTorch that DJL was pointed to need
 * not have it.
 */
final class CudaDriver {

    private static final int CAPABILITY_MAJOR = 75;
    private static final int CAPABILITY_MINOR = 76;

    private CudaDriver() {}

    /**
     * Returns a GPU's compute capability.
     *
     * @param gpu its number
     * @return ten times the major and once the minor number, for example 90; 0 if the driver does
     *     not say
     */
    static int computeCapability(int gpu) {
        try {
            NativeLibrary driver =
                    NativeLibrary.getInstance(Platform.isWindows() ? "nvcuda" : "libcuda.so.1");
            return 10 * attribute(driver, CAPABILITY_MAJOR, gpu)
                    + attribute(driver, CAPABILITY_MINOR, gpu);
        } catch (LinkageError e) { // no driver, or JNA cannot start
            return 0;
        }
    }

    private static int attribute(NativeLibrary driver, int attribute, int gpu) {
        IntByReference device = new IntByReference();
        IntByReference value = new IntByReference();
        boolean found =
                call(driver, "cuInit", 0) == 0
                        && call(driver, "cuDeviceGet", device, gpu) == 0
                        && call(driver, "cuDeviceGetAttribute", value, attribute, device.getValue())
                                == 0;
        return found ? value.getValue() : 0;
    }

    private static int call(NativeLibrary driver, String name, Object... arguments) {
        return driver.getFunction(name).invokeInt(arguments);
    }
}

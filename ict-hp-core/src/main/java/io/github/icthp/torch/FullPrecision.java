package io.github.icthp.torch;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;

/**
 * Keeps float32 what it is on NVIDIA GPUs.
 *
 * <p>PyTorch lets cuDNN round what float32 convolutions multiply to TF32's ten bits of mantissa,
 * unless it is told otherwise: an autoencoder's gradients then agree with a CPU's to three digits.
 * DJL has no call for it, but NVIDIA's libraries read the environment variable {@code
 * NVIDIA_TF32_OVERRIDE} when they begin. On Linux it is set to 0 here unless it is set already;
 * elsewhere, or where another library has loaded CUDA before, it is the user's to set. Whoever
 * wants speed for precision takes bfloat16.
 */
final class FullPrecision {

    private static final String VARIABLE = "NVIDIA_TF32_OVERRIDE";

    static {
        if (Platform.isLinux()) {
            set();
        }
    }

    private FullPrecision() {}

    private static void set() {
        try {
            NativeLibrary.getInstance("c")
                    .getFunction("setenv")
                    .invokeInt(new Object[] {VARIABLE, "0", 0});
        } catch (UnsatisfiedLinkError e) {
            // a C library under another name: the variable is the user's to set
        }
    }

    /** Sets the variable, once. */
    static void initialise() {}

    /** Returns what native code sees of the variable; empty if it is not set. */
    static String variable() {
        String value =
                NativeLibrary.getInstance("c")
                        .getFunction("getenv")
                        .invokeString(new Object[] {VARIABLE}, false);
        return value == null ? "" : value;
    }
}

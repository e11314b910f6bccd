package io.github.icthp.torch;

/**
 * Keeps float32 what it is on NVIDIA GPUs.
 *
 * <p>PyTorch lets cuDNN round what float32 convolutions multiply to TF32's ten bits of mantissa,
 * unless it is told otherwise: an autoencoder's gradients then agree with a CPU's to three digits.
 * DJL has no call for it, but NVIDIA's libraries read the environment variable {@code
 * NVIDIA_TF32_OVERRIDE} when they begin. On Linux it is set to 0 here unless it is set already;
 * elsewhere, where JNA cannot start, or where another library has loaded CUDA before, it is the
 * user's to set. Whoever wants speed for precision takes bfloat16.
 */
final class FullPrecision {

    private static final String VARIABLE = "NVIDIA_TF32_OVERRIDE";

    private FullPrecision() {}

    /** To be called before PyTorch is loaded. */
    static void keep() {
        if (CLibrary.ON_LINUX) {
            CLibrary.setUnlessSet(VARIABLE, "0");
        }
    }

    /** Returns what native code sees of the variable; empty if it is not set. */
    static String variable() {
        return CLibrary.variable(VARIABLE).orElse("");
    }
}

package io.github.icthp.torch;

import ai.djl.pytorch.jni.JniUtils;

import java.util.stream.Stream;

/**
 * How the threads of PyTorch's CPU operations wait for work, and how many there are.
 *
 * <p>PyTorch computes with OpenMP, whose idle threads keep their processor for milliseconds in case
 * there is work again soon. Where programs, or threads of one program, share processors, the idle
 * take the time of those that compute: two programs on two processors can take ten times as long as
 * one after the other. GNU's OpenMP, which PyTorch's natives for Linux bring, reads {@code
 * GOMP_SPINCOUNT} when it is loaded, LLVM's and Intel's {@code KMP_BLOCKTIME}: both are set here to
 * give the processor away soon, unless the user has set them or {@code OMP_WAIT_POLICY}. Windows
 * has no call for that which Java could use; there the variables are the user's to set.
 *
 * <p>PyTorch takes as many threads as the processors it may run on, and knows nothing of a
 * container's limit on processor time, which the JVM knows: it is given no more threads than the
 * JVM counts processors, unless the user has set their number.
 */
final class OpenMp {

    /** Some microseconds, where the library's own choice is milliseconds. */
    private static final String SPINS = "1000";

    private static final String MILLISECONDS = "0";

    private OpenMp() {}

    /** To be called before PyTorch is loaded; later it has no effect. */
    static void giveProcessorsAway() {
        if (CLibrary.variable("OMP_WAIT_POLICY").isEmpty()) {
            CLibrary.setUnlessSet("GOMP_SPINCOUNT", SPINS);
            CLibrary.setUnlessSet("KMP_BLOCKTIME", MILLISECONDS);
        }
    }

    /** To be called once PyTorch is loaded, before it computes. */
    static void keepWithinProcessors() {
        int processors = Runtime.getRuntime().availableProcessors();
        if (!isNumberChosen() && JniUtils.getNumThreads() > processors) {
            JniUtils.setNumThreads(processors);
        }
    }

    private static boolean isNumberChosen() {
        return Integer.getInteger("ai.djl.pytorch.num_threads") != null
                || Stream.of("OMP_NUM_THREADS", "MKL_NUM_THREADS")
                        .anyMatch(name -> CLibrary.variable(name).isPresent());
    }
}

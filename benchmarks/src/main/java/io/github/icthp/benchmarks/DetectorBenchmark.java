package io.github.icthp.benchmarks;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.Precision;
import io.github.icthp.mask2former.Mask2Former;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Seconds and memory of GenEval's detector, Mask2Former: from normalized pixels to class and mask
 * logits, batch 1.
 *
 * <p>Arguments: {@code WEIGHTS PRECISION HEIGHT WIDTH ROUNDS}, for example {@code mask2former FP32
 * 800 800 5}. One round more comes first and is not counted.
 */
public final class DetectorBenchmark {

    private static final int ARGUMENTS = 5;

    private DetectorBenchmark() {}

    /**
     * Runs the benchmark and prints one JSON line.
     *
     * @param args weights, {@code FP32} or {@code BF16}, height, width, rounds
     * @throws IOException if the system's account of memory cannot be read
     */
    public static void main(String[] args) throws IOException {
        if (args.length != ARGUMENTS) {
            System.err.println("usage: DetectorBenchmark WEIGHTS PRECISION HEIGHT WIDTH ROUNDS");
            System.exit(2);
        }
        Precision precision = Precision.valueOf(args[1]);
        int height = Integer.parseInt(args[2]);
        int width = Integer.parseInt(args[3]);
        double[] seconds = new double[Integer.parseInt(args[4])];
        long start = System.nanoTime();
        TensorScope scope = TensorScope.open(Device.cpu());
        try (scope;
                Mask2Former detector =
                        Mask2Former.load(Path.of(args[0]), Device.cpu(), precision.dtype())) {
            double loaded = (System.nanoTime() - start) / 1e9;
            NDArray pixels = pixels(height, width);
            boolean finite = true;
            for (int i = -1; i < seconds.length; i++) {
                start = System.nanoTime();
                finite &= call(detector, pixels);
                if (i >= 0) {
                    seconds[i] = (System.nanoTime() - start) / 1e9;
                }
            }
            double[] sorted = seconds.clone();
            Arrays.sort(sorted);
            System.out.printf(
                    Locale.ROOT,
                    "{\"model\": \"Mask2Former\", \"dtype\": \"%s\", \"height\": %d, \"width\": %d,"
                            + " \"load_s\": %.2f, \"s\": %.3f, \"s_rounds\": %s, \"finite\": %s,"
                            + " \"peak_rss_mib\": %d}%n",
                    precision,
                    height,
                    width,
                    loaded,
                    sorted[sorted.length / 2],
                    Arrays.toString(seconds),
                    finite,
                    ResidentMemory.peakMib());
        }
    }

    private static boolean call(Mask2Former detector, NDArray pixels) {
        return Autograd.in(
                Autograd.Mode.INFERENCE,
                () ->
                        TensorScope.call(
                                Device.cpu(),
                                () -> {
                                    Mask2Former.Output output = detector.forward(pixels);
                                    return Tensors.isFinite(output.classLogits())
                                            && Tensors.isFinite(output.maskLogits());
                                }));
    }

    private static NDArray pixels(int height, int width) {
        SplittableRandom random = new SplittableRandom(1);
        float[] values = new float[3 * height * width];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensors.of(values, 1, 3, height, width);
    }
}

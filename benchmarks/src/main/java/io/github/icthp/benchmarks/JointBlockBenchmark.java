package io.github.icthp.benchmarks;

import ai.djl.Device;

import io.github.icthp.Precision;
import io.github.icthp.torch.Torch;

import java.util.Arrays;
import java.util.Locale;

/**
 * Seconds of one joint block of SD3.5-large with an adapter, forward and backward, at its real
 * width and for 1024 x 1024 pixels: what two blocks take more than one. Arguments: precision,
 * rounds.
 */
public final class JointBlockBenchmark {

    private JointBlockBenchmark() {}

    /**
     * Runs it.
     *
     * @param args {@code fp32} or {@code bf16}, the number of rounds
     */
    public static void main(String[] args) {
        Precision precision = Precision.valueOf(args[0].toUpperCase(Locale.ROOT));
        int rounds = Integer.parseInt(args[1]);
        double one = seconds(1, precision, rounds);
        double two = seconds(2, precision, rounds);
        System.out.printf(
                Locale.ROOT,
                "%s, %d threads: the last block, embedding and head %.2f s; with a block more %.2f"
                        + " s; a block %.2f s%n",
                args[0],
                Torch.threads(),
                one,
                two,
                two - one);
    }

    /** The median of the rounds, after one that is not counted; tells each, since they are long. */
    private static double seconds(int blocks, Precision precision, int rounds) {
        DraftProblem.Size size = DraftProblem.Size.large(blocks);
        try (DraftProblem problem = new DraftProblem(size, Device.cpu(), precision.dtype())) {
            double[] seconds = new double[rounds];
            for (int i = -1; i < rounds; i++) {
                long start = System.nanoTime();
                problem.forwardAndBack();
                double taken = (System.nanoTime() - start) / 1e9;
                System.out.printf(
                        Locale.ROOT, "%d blocks, round %d: %.2f s%n", blocks, i + 1, taken);
                if (i >= 0) {
                    seconds[i] = taken;
                }
            }
            Arrays.sort(seconds);
            return seconds[rounds / 2];
        }
    }
}

package io.github.icthp.benchmarks;

import io.github.icthp.Precision;
import io.github.icthp.diffusion.draft.RolloutCheckpointing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * Seconds and resident memory of one case on Stable Diffusion 1.5's UNet at 512 x 512 pixels, one
 * JSON line: the median over rounds, a first one left out.
 *
 * <p>Arguments: {@code FILE fp32|bf16 CASE ROUNDS}. CASE is {@code forward} with a batch, such as
 * {@code forward2}, or {@code none}, {@code step} or {@code block} with K, such as {@code step1}.
 */
public final class UNetBenchmark {

    private UNetBenchmark() {}

    /**
     * Runs the benchmark.
     *
     * @param args file, type, case, rounds
     * @throws IOException if the peak memory cannot be read
     */
    public static void main(String[] args) throws IOException {
        if (args.length != 4) {
            System.err.println("usage: UNetBenchmark FILE fp32|bf16 CASE ROUNDS");
            System.exit(2);
        }
        Precision precision = Precision.valueOf(args[1].toUpperCase(Locale.ROOT));
        int rounds = Integer.parseInt(args[3]);
        try (UNetProblem problem = new UNetProblem(Path.of(args[0]), precision.dtype())) {
            double[] seconds = seconds(problem, args[2], rounds);
            double[] sorted = seconds.clone();
            Arrays.sort(sorted);
            System.out.printf(
                    Locale.ROOT,
                    "{\"model\": \"SD1.5 UNet\", \"case\": \"%s\", \"dtype\": \"%s\", \"s\": %.3f,"
                            + " \"s_rounds\": %s, \"peak_rss_mib\": %d}%n",
                    args[2],
                    args[1],
                    sorted[sorted.length / 2],
                    Arrays.toString(seconds),
                    ResidentMemory.peakMib());
        }
    }

    private static double[] seconds(UNetProblem problem, String name, int rounds) {
        String kind = name.replaceAll("[0-9]", "");
        int number = Integer.parseInt(name.substring(kind.length()));
        if (!kind.equals("forward")) {
            RolloutCheckpointing checkpointing =
                    RolloutCheckpointing.valueOf(kind.toUpperCase(Locale.ROOT));
            double[] all = problem.steps(checkpointing, number, rounds + 1);
            return Arrays.copyOfRange(all, 1, all.length);
        }
        Runnable forward = problem.forward(number);
        forward.run();
        double[] seconds = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            long start = System.nanoTime();
            forward.run();
            seconds[i] = (System.nanoTime() - start) / 1e9;
        }
        return seconds;
    }
}

package io.github.icthp.benchmarks;

import ai.djl.Device;

import io.github.icthp.Precision;
import io.github.icthp.diffusion.draft.RolloutCheckpointing;
import io.github.icthp.torch.Torch;

import java.util.Arrays;
import java.util.Locale;

/**
 * Seconds of sampling and of DRaFT-K steps in every {@link RolloutCheckpointing}: 124 million
 * random weights, 256 image tokens, 4 steps, one picture. Arguments: precision, rounds, and whether
 * to {@code pack} the weights first.
 */
public final class DraftBenchmark {

    /** Rounds that are not counted. */
    private static final int WARMUP = 2;

    private DraftBenchmark() {}

    /**
     * Runs it.
     *
     * @param args {@code fp32} or {@code bf16}, the number of rounds, optionally {@code pack} or
     *     {@code no}, and what becomes of freed memory: {@code keep}, {@code large} or {@code all}
     */
    public static void main(String[] args) {
        Precision precision = Precision.valueOf(args[0].toUpperCase(Locale.ROOT));
        int rounds = Integer.parseInt(args[1]);
        System.out.println(args[0] + ", " + Torch.threads() + " threads, seconds");
        try (DraftProblem problem =
                new DraftProblem(DraftProblem.Size.speed(), Device.cpu(), precision.dtype())) {
            if (args.length > 2 && args[2].equals("pack")) {
                problem.pack();
            }
            time("one_forward", problem::denoise, rounds);
            time("sample", problem::sample, rounds);
            FreedMemory freed = FreedMemory.of(args, 3);
            for (int k : new int[] {1, 3}) {
                for (RolloutCheckpointing checkpointing : RolloutCheckpointing.values()) {
                    double[] seconds = problem.steps(checkpointing, k, WARMUP + rounds, freed);
                    print(
                            "K" + k + "_" + checkpointing.name().toLowerCase(Locale.ROOT),
                            Arrays.copyOfRange(seconds, WARMUP, seconds.length));
                }
            }
        }
    }

    private static void time(String name, Runnable body, int rounds) {
        double[] seconds = new double[rounds];
        for (int i = -WARMUP; i < rounds; i++) {
            long start = System.nanoTime();
            body.run();
            if (i >= 0) {
                seconds[i] = (System.nanoTime() - start) / 1e9;
            }
        }
        print(name, seconds);
    }

    private static void print(String name, double[] seconds) {
        Arrays.sort(seconds);
        System.out.printf(
                Locale.ROOT,
                "%-12s min %.3f  median %.3f%n",
                name,
                seconds[0],
                seconds[seconds.length / 2]);
    }
}

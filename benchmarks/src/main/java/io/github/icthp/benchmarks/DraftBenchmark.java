package io.github.icthp.benchmarks;

import ai.djl.Device;

import io.github.icthp.Precision;
import io.github.icthp.diffusion.draft.DraftProblem;
import io.github.icthp.diffusion.draft.RolloutCheckpointing;
import io.github.icthp.torch.Torch;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Seconds of sampling and of DRaFT-K steps in every {@link RolloutCheckpointing}: 124 million
 * random weights, 256 image tokens, 4 steps, one picture. Arguments: precision, rounds, and whether
 * to {@code pack} the weights first.
 */
public final class DraftBenchmark {

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
            rows(problem, FreedMemory.of(args, 3))
                    .forEach((name, body) -> time(name, body, rounds));
        }
    }

    private static Map<String, Runnable> rows(DraftProblem problem, FreedMemory freed) {
        Map<String, Runnable> rows = new LinkedHashMap<>();
        rows.put("one_forward", problem::denoise);
        rows.put("sample", problem::sample);
        for (int k : new int[] {1, 3}) {
            for (RolloutCheckpointing checkpointing : RolloutCheckpointing.values()) {
                String name = checkpointing.name().toLowerCase(Locale.ROOT);
                rows.put(
                        "K" + k + "_" + name,
                        () -> {
                            freed.apply(checkpointing);
                            problem.step(checkpointing, k);
                        });
            }
        }
        return rows;
    }

    private static void time(String name, Runnable body, int rounds) {
        double[] seconds = new double[rounds];
        body.run();
        body.run();
        for (int i = 0; i < rounds; i++) {
            long start = System.nanoTime();
            body.run();
            seconds[i] = (System.nanoTime() - start) / 1e9;
        }
        Arrays.sort(seconds);
        System.out.printf(
                Locale.ROOT,
                "%-12s min %.3f  median %.3f%n",
                name,
                seconds[0],
                seconds[rounds / 2]);
    }
}

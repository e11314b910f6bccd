package io.github.icthp.benchmarks;

import ai.djl.Device;

import io.github.icthp.prompt.Decoding;
import io.github.icthp.prompt.Gpt2Model;
import io.github.icthp.torch.DType;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * New tokens a second of a GPT-2 that extends prompts of 10 random tokens to 50: ids in and out, no
 * text. One JSON line: the median over rounds, the first call left out.
 *
 * <p>Arguments: {@code FOLDER fp32|bf16 BATCH ROUNDS}, the folder in Hugging Face's layout.
 */
public final class Gpt2Benchmark {

    private static final int PROMPT = 10;

    private Gpt2Benchmark() {}

    /**
     * Runs the benchmark.
     *
     * @param args folder, type, batch, rounds
     * @throws IOException if the peak memory cannot be read
     */
    public static void main(String[] args) throws IOException {
        if (args.length != 4) {
            System.err.println("usage: Gpt2Benchmark FOLDER fp32|bf16 BATCH ROUNDS");
            System.exit(2);
        }
        DType type = args[1].equals("bf16") ? DType.BFLOAT16 : DType.FLOAT32;
        int batch = Integer.parseInt(args[2]);
        int rounds = Integer.parseInt(args[3]);
        long start = System.nanoTime();
        try (Gpt2Model model = Gpt2Model.load(Path.of(args[0]), Device.cpu(), type)) {
            double load = seconds(start);
            List<Double> times = new ArrayList<>();
            SplittableRandom random = new SplittableRandom(1);
            long[][] prompts = new long[batch][PROMPT];
            for (long[] prompt : prompts) {
                java.util.Arrays.setAll(
                        prompt, i -> random.nextLong(1, model.config().vocabulary()));
            }
            Decoding decoding = Decoding.promptExtend();
            for (int round = 0; round <= rounds; round++) {
                double[][] draws = draws(random, decoding.maxLength() - PROMPT, batch);
                long began = System.nanoTime();
                int length = model.generate(prompts, decoding, draws).sequences()[0].length;
                if (length != decoding.maxLength()) {
                    throw new IllegalStateException("a batch ended at " + length + " tokens");
                }
                times.add(seconds(began));
            }
            report(args[1], batch, load, times.subList(1, times.size()));
        }
    }

    private static double[][] draws(SplittableRandom random, int steps, int rows) {
        double[][] draws = new double[steps][rows];
        for (double[] step : draws) {
            java.util.Arrays.setAll(step, r -> random.nextDouble());
        }
        return draws;
    }

    private static void report(String type, int batch, double load, List<Double> times)
            throws IOException {
        List<Double> sorted = times.stream().sorted().toList();
        double median = sorted.get(sorted.size() / 2);
        int tokens = batch * (Decoding.promptExtend().maxLength() - PROMPT);
        System.out.printf(
                Locale.ROOT,
                "{\"model\": \"GPT-2 as Prompt-Extend\", \"dtype\": \"%s\", \"batch\": %d,"
                        + " \"load_s\": %.2f, \"tokens_per_s\": %.1f, \"s\": %.3f, \"s_rounds\": %s,"
                        + " \"peak_rss_mib\": %d}%n",
                type,
                batch,
                load,
                tokens / median,
                median,
                times,
                ResidentMemory.peakMib());
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }
}

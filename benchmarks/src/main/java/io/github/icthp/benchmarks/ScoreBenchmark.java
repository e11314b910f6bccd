package io.github.icthp.benchmarks;

import ai.djl.Device;

import io.github.icthp.Precision;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Seconds an image, as a program sees them: files in, combined scores out. One JSON line for every
 * image, then one with load seconds, the median over rounds and the peak resident memory.
 *
 * <p>Arguments: {@code WEIGHTS MODE ROUNDS PROMPT IMAGE…}. Modes: {@code bf16} streams batches of
 * 8; {@code fp32} scores one image at a time and encodes the prompt anew for each; {@code
 * fp32-cached} scores one at a time with the prompt encoded once.
 */
public final class ScoreBenchmark {

    private ScoreBenchmark() {}

    /**
     * Runs the benchmark.
     *
     * @param args weights folder in the released layout with {@code base}, mode, rounds, prompt,
     *     image files
     * @throws IOException if the peak memory cannot be read
     */
    public static void main(String[] args) throws IOException {
        if (args.length < 5) {
            System.err.println(
                    "usage: ScoreBenchmark WEIGHTS bf16|fp32|fp32-cached ROUNDS PROMPT IMAGE…");
            System.exit(2);
        }
        Path weights = Path.of(args[0]);
        String mode = args[1];
        int rounds = Integer.parseInt(args[2]);
        List<Path> images = Arrays.stream(args).skip(4).map(Path::of).toList();
        long start = System.nanoTime();
        try (RewardModel model =
                RewardModel.combined()
                        .ict(weights)
                        .hp(weights)
                        .base(weights.resolve("base"))
                        .device(Device.cpu())
                        .precision(mode.equals("bf16") ? Precision.BF16 : Precision.FP32)
                        .build()) {
            double load = seconds(start);
            List<Double> times = new ArrayList<>();
            List<RewardScore> scores = List.of();
            for (int round = 0; round < rounds; round++) {
                long began = System.nanoTime();
                scores = score(model, mode, args[3], images, round);
                times.add(seconds(began) / images.size());
            }
            report(mode, images, scores, load, times);
        }
    }

    private static List<RewardScore> score(
            RewardModel model, String mode, String prompt, List<Path> images, int round) {
        if (mode.equals("bf16")) {
            try (Stream<RewardScore> all =
                    model.scoreAll(images.stream().map(i -> PromptImage.of(prompt, i)))) {
                return all.toList();
            }
        }
        List<RewardScore> scores = new ArrayList<>();
        for (Path image : images) {
            // Trailing white space makes a prompt that is new to the cache and has the same tokens.
            String text =
                    mode.equals("fp32")
                            ? prompt + " ".repeat(round * images.size() + scores.size())
                            : prompt;
            scores.add(model.score(text, image));
        }
        return scores;
    }

    private static void report(
            String mode,
            List<Path> images,
            List<RewardScore> scores,
            double load,
            List<Double> times)
            throws IOException {
        for (int i = 0; i < scores.size(); i++) {
            RewardScore s = scores.get(i);
            System.out.printf(
                    Locale.ROOT,
                    "{\"image\": \"%s\", \"ict\": %.9f, \"hp\": %.9f, \"combined\": %.9f}%n",
                    images.get(i).getFileName(),
                    s.ict(),
                    s.hp(),
                    s.combined());
        }
        times.sort(null);
        System.out.printf(
                Locale.ROOT,
                "{\"mode\": \"%s\", \"images\": %d, \"load_s\": %.2f, \"s_per_image\": %.4f,"
                        + " \"rounds\": %s, \"peak_rss_mib\": %d}%n",
                mode,
                images.size(),
                load,
                times.get(times.size() / 2),
                times,
                ResidentMemory.peakMib());
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }
}

package io.github.icthp.benchmarks;

import ai.djl.Device;

import io.github.icthp.BuiltInRewards;
import io.github.icthp.Precision;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardModelBuilder;
import io.github.icthp.RewardScore;
import io.github.icthp.reward.RewardDefinition;
import io.github.icthp.reward.RewardSources;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Seconds an image and peak resident memory of any scorer, files in and scores out. One JSON line.
 *
 * <p>Arguments: {@code --reward NAME --model PATH [--head FILE] [--base FOLDER] [--precision
 * fp32|bf16] [--batch 8] [--rounds 3] [--repeat 1] [--prompt TEXT] IMAGE…}. One picture is scored
 * before the rounds, which are then timed as a whole, decoding included.
 */
public final class ScorerBenchmark {

    private final Map<String, String> options = new HashMap<>();
    private final List<Path> files = new ArrayList<>();

    private ScorerBenchmark(String[] args) {
        for (int i = 0; i < args.length; i++) {
            if (args[i].startsWith("--") && i + 1 < args.length) {
                options.put(args[i].substring(2), args[++i]);
            } else {
                files.add(Path.of(args[i]));
            }
        }
        if (files.isEmpty() || !options.containsKey("reward") || !options.containsKey("model")) {
            throw new IllegalArgumentException(
                    "usage: ScorerBenchmark --reward NAME --model PATH [--head FILE]"
                            + " [--base FOLDER] [--precision fp32|bf16] [--batch N] [--rounds N]"
                            + " [--repeat N] [--prompt TEXT] IMAGE…");
        }
    }

    /**
     * Runs the benchmark.
     *
     * @param args as the class says
     * @throws IOException if the peak memory cannot be read
     */
    public static void main(String[] args) throws IOException {
        new ScorerBenchmark(args).run();
    }

    private void run() throws IOException {
        long start = System.nanoTime();
        try (RewardModel model = builder().build()) {
            double load = seconds(start);
            long loaded = ResidentMemory.peakMib();
            List<PromptImage> pairs = pairs();
            var unused = model.score(pairs.get(0));
            List<Double> times = new ArrayList<>();
            List<RewardScore> scores = List.of();
            for (int round = 0; round < number("rounds", 3); round++) {
                long began = System.nanoTime();
                try (Stream<RewardScore> all = model.scoreAll(pairs.stream())) {
                    scores = all.toList();
                }
                times.add(seconds(began) / pairs.size());
            }
            report(scores, load, loaded, times);
        }
    }

    private RewardModelBuilder builder() {
        RewardDefinition definition = BuiltInRewards.named(options.get("reward"));
        RewardModelBuilder builder =
                RewardModel.of(definition)
                        .device(Device.cpu())
                        .precision(
                                Precision.valueOf(
                                        text("precision", "fp32").toUpperCase(Locale.ROOT)))
                        .batch(number("batch", 8));
        for (String part : definition.requires()) {
            builder.part(
                    part,
                    part.equals(RewardSources.HEAD) ? text("head", "") : options.get("model"));
        }
        if (options.containsKey("base")) {
            builder.base(options.get("base"));
        }
        return builder;
    }

    private List<PromptImage> pairs() {
        String prompt = text("prompt", "a tiny dragon taking a bath in a teacup");
        List<PromptImage> pairs = new ArrayList<>();
        for (int n = 0; n < number("repeat", 1); n++) {
            files.forEach(file -> pairs.add(PromptImage.of(prompt, file)));
        }
        return pairs;
    }

    private void report(List<RewardScore> scores, double load, long loaded, List<Double> times)
            throws IOException {
        times.sort(null);
        System.out.printf(
                Locale.ROOT,
                "{\"scorer\": \"%s\", \"precision\": \"%s\", \"batch\": %d, \"images\": %d,"
                        + " \"load_s\": %.2f, \"s_per_image\": %.4f, \"rounds\": %s,"
                        + " \"peak_rss_loading_mib\": %d, \"peak_rss_mib\": %d, \"rss_mib\": %d,"
                        + " \"scores\": %s}%n",
                options.get("reward"),
                text("precision", "fp32"),
                number("batch", 8),
                scores.size(),
                load,
                times.get(times.size() / 2),
                times,
                loaded,
                ResidentMemory.peakMib(),
                ResidentMemory.mib(),
                scores.stream().limit(files.size()).map(RewardScore::value).toList());
    }

    private String text(String option, String otherwise) {
        return options.getOrDefault(option, otherwise);
    }

    private int number(String option, int otherwise) {
        return options.containsKey(option) ? Integer.parseInt(options.get(option)) : otherwise;
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }
}

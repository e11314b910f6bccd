package io.github.icthp.diffusion.spark;

import io.github.icthp.diffusion.draft.DraftKBuilder;
import io.github.icthp.diffusion.draft.DraftKResult;
import io.github.icthp.diffusion.lora.LoraConfig;
import io.github.icthp.diffusion.lora.LoraTargets;
import io.github.icthp.testing.StandaloneCluster;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.MetricsFile;

import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/**
 * Measures what a step of the miniature takes with executors on this machine and without Spark, in
 * turns: {@code SparkOverhead RANK STEPS ROLLOUTS EXECUTORS TURNS [SETTING=VALUE...]}. The rank
 * chooses how large the gradient is.
 */
final class SparkOverhead {

    /** Steps that load models and compile. */
    private static final int WARM = 2;

    private SparkOverhead() {}

    public static void main(String[] args) throws Exception {
        int steps = Integer.parseInt(args[1]);
        int rollouts = Integer.parseInt(args[2]);
        int executors = Integer.parseInt(args[3]);
        int turns = Integer.parseInt(args[4]);
        LoraConfig lora =
                LoraConfig.rank(Integer.parseInt(args[0])).withTargets(LoraTargets.allLinear());
        UnaryOperator<DraftKBuilder> run =
                b -> b.lora(lora).optimizer(o -> o.steps(steps).accumulation(rollouts));
        Path folder = Files.createTempDirectory("spark-overhead");
        try (StandaloneCluster cluster = StandaloneCluster.start(folder, executors)) {
            SparkConf conf = new SparkConf();
            cluster.application(executors, "3g", "").forEach(conf::set);
            List.of(args)
                    .subList(5, args.length)
                    .forEach(s -> conf.set(s.split("=", 2)[0], s.split("=", 2)[1]));
            SparkContext spark = new SparkContext(conf);
            SparkRollouts engine = SparkRollouts.on(spark, MiniatureRun.source(folder));
            MiniatureRun runs = new MiniatureRun(folder);
            for (int turn = 0; turn < turns; turn++) {
                tell("without Spark", runs.run("plain-" + turn, run));
                tell("with Spark", runs.run("spark-" + turn, b -> run.apply(b).engine(engine)));
            }
            spark.stop();
        }
    }

    private static void tell(String what, DraftKResult result) throws Exception {
        double[] seconds =
                MetricsFile.read(result.adapter().resolveSibling("metrics.jsonl")).stream()
                        .filter(m -> m.phase().equals(Metrics.TRAIN) && m.step() > WARM)
                        .mapToDouble(m -> m.values().get("seconds"))
                        .sorted()
                        .toArray();
        long bytes = Files.size(result.adapter().resolve("pytorch_lora_weights.safetensors"));
        System.out.printf(
                Locale.ROOT,
                "%s: %.3f s a step (median; %.3f to %.3f), adapters of %.1f MB%n",
                what,
                seconds[seconds.length / 2],
                seconds[0],
                seconds[seconds.length - 1],
                bytes / 1e6);
    }
}

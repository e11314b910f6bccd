package io.github.icthp.diffusion.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.icthp.RewardModel;
import io.github.icthp.Rewards;
import io.github.icthp.WeightedReward;
import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.draft.DraftKBuilder;
import io.github.icthp.diffusion.draft.DraftKConfig;
import io.github.icthp.diffusion.draft.DraftKOptimizer;
import io.github.icthp.diffusion.draft.DraftKResult;
import io.github.icthp.diffusion.draft.DraftReplica;
import io.github.icthp.diffusion.draft.ReplicaSource;
import io.github.icthp.diffusion.draft.RolloutCheckpointing;
import io.github.icthp.diffusion.lora.LoraConfig;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.MetricsFile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Runs of the miniature with a weighted sum of the miniature reward. */
final class MiniatureRun {

    private final Path folder;

    MiniatureRun(Path folder) {
        this.folder = folder;
    }

    /** What is maximized: a sum of terms, whose means the metrics hold. */
    static WeightedReward sum(RewardModel model) {
        return Rewards.weighted("ict-hp", 1, model.differentiable())
                .plus(
                        "darkness",
                        -0.1,
                        (pixels, prompts) -> pixels.flatten(1, -1).mean(new int[] {1}));
    }

    static RewardModel reward() {
        return RewardModel.combined().miniature().build();
    }

    /** Opens replicas, and leaves a file in a folder for each, with the process in its name. */
    static ReplicaSource source(Path opened) {
        String noted = opened.toString();
        return device -> {
            String name = ProcessHandle.current().pid() + "-" + UUID.randomUUID();
            try {
                Files.createDirectories(Path.of(noted));
                Files.createFile(Path.of(noted, name));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            DiffusionPipeline pipeline = DiffusionPipeline.miniature();
            RewardModel model = reward();
            return DraftReplica.of(
                    pipeline,
                    sum(model),
                    () -> {
                        pipeline.close();
                        model.close();
                    });
        };
    }

    /** The processes that opened replicas, one entry for each replica. */
    static List<Long> processes(Path opened) throws IOException {
        try (Stream<Path> files = Files.list(opened)) {
            return files.map(file -> file.getFileName().toString())
                    .map(name -> Long.parseLong(name.substring(0, name.indexOf('-'))))
                    .toList();
        }
    }

    DraftKResult run(String name, UnaryOperator<DraftKBuilder> more) {
        try (DiffusionPipeline pipeline = DiffusionPipeline.miniature();
                RewardModel reward = reward()) {
            DraftKBuilder builder =
                    DraftKOptimizer.builder()
                            .pipeline(pipeline)
                            .reward(sum(reward))
                            .prompts(
                                    List.of(
                                            "a large red star",
                                            "a small blue circle",
                                            "a green square"))
                            .config(config())
                            .output(folder.resolve(name));
            return more.apply(builder).build().run();
        }
    }

    private static DraftKConfig config() {
        return DraftKConfig.from(DraftKConfig.paper())
                .steps(2)
                .lastK(1)
                .size(32, 32)
                .optimizer(
                        o ->
                                o.steps(4)
                                        .batchSize(1)
                                        .accumulation(3)
                                        .learningRate(1e-3)
                                        .weightDecay(0.01))
                .lora(LoraConfig.rank(4).withDropout(0.1))
                .checkpointing(RolloutCheckpointing.STEP)
                .build();
    }

    /** Adapters and metrics of both runs are the same, to the bit. */
    static void assertSame(DraftKResult actual, DraftKResult expected) throws IOException {
        assertThat(bytes(actual)).isEqualTo(bytes(expected));
        assertThat(metrics(actual)).isEqualTo(metrics(expected));
    }

    private static byte[] bytes(DraftKResult result) throws IOException {
        return Files.readAllBytes(result.adapter().resolve("pytorch_lora_weights.safetensors"));
    }

    private static List<Map<String, Double>> metrics(DraftKResult result) {
        List<Metrics> all = MetricsFile.read(result.adapter().resolveSibling("metrics.jsonl"));
        return all.stream()
                .map(
                        m -> {
                            Map<String, Double> values = new TreeMap<>(m.values());
                            values.remove("seconds");
                            return values;
                        })
                .toList();
    }
}

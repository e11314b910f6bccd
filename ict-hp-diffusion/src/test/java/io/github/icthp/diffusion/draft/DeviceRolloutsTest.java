package io.github.icthp.diffusion.draft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.PixelRewards;
import io.github.icthp.RewardModel;
import io.github.icthp.Rewards;
import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.lora.LoraConfig;
import io.github.icthp.diffusion.lora.LoraTargets;
import io.github.icthp.testing.Devices;
import io.github.icthp.torch.DType;
import io.github.icthp.training.DivergenceException;
import io.github.icthp.training.LrSchedule;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.MetricsFile;
import io.github.icthp.training.RunListener;
import io.github.icthp.training.RunProgress;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeviceRolloutsTest {

    private static final DifferentiableReward SUM =
            Rewards.weighted("brightness", 1, (pixels, prompts) -> PixelRewards.mean(pixels))
                    .plus("noise", -0.5, (pixels, prompts) -> PixelRewards.totalVariation(pixels));

    @TempDir Path temp;
    private final TinyModel model = new TinyModel(DType.FLOAT32);
    private final AtomicInteger open = new AtomicInteger();

    @AfterAll
    void close() {
        model.close();
        assertThat(open).hasValue(0);
    }

    @ParameterizedTest
    @CsvSource({"STEP, 2", "STEP, 3", "BLOCK, 7", "NONE, 2"})
    void severalDevicesMakeTheBitsOfOne(RolloutCheckpointing checkpointing, int devices)
            throws IOException {
        DraftKResult one =
                run("one-" + checkpointing + devices, SUM)
                        .checkpointing(checkpointing)
                        .build()
                        .run();
        DraftKResult several =
                on(devices, run("several-" + checkpointing + devices, SUM))
                        .checkpointing(checkpointing)
                        .build()
                        .run();
        assertSame(several, one);
        assertThat(metrics(several).get(0).values()).containsKeys("drift", "reward.noise");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void unrollingsThatSumSeveralGradientsMakeTheSameBits(int kind) throws IOException {
        Unrolling unrolling =
                kind == 1 ? new Unrolling.LowVariance(2) : new Unrolling.RandomK(1, 3);
        DraftKResult one = run("one-unrolling-" + kind, SUM).unrolling(unrolling).build().run();
        DraftKResult two =
                on(2, run("two-unrolling-" + kind, SUM)).unrolling(unrolling).build().run();
        assertSame(two, one);
    }

    @Test
    void fewerRolloutsThanDevicesLeaveSomeIdle() throws IOException {
        DraftKResult one = few("few").build().run();
        DraftKResult three = on(3, few("few-three")).build().run();
        assertSame(three, one);
    }

    private DraftKBuilder few(String name) {
        return run(name, SUM).optimizer(o -> o.accumulation(1).batchSize(2));
    }

    @Test
    void aRunIsResumedOnAnotherNumberOfDevices() throws IOException {
        DraftKResult whole = run("whole", SUM).build().run();
        RunListener kill =
                new RunListener() {
                    @Override
                    public void stepped(Metrics metrics, RunProgress progress) {
                        if (metrics.step() == 3) {
                            throw new IllegalStateException("killed");
                        }
                    }
                };
        DraftKBuilder killed = on(3, run("killed", SUM)).saveEvery(2).listener(kill);
        assertThatThrownBy(() -> killed.build().run()).hasMessage("killed");
        assertThat(open).hasValue(0);
        DraftKResult resumed = on(2, run("killed", SUM)).saveEvery(2).resume(true).build().run();
        assertSame(resumed, whole);
    }

    @Test
    void adaptersOfEveryLayerAndOfAnEarlierRunTravel() throws IOException {
        LoraConfig all = LoraConfig.rank(2).withTargets(LoraTargets.matching(".*"));
        DraftKResult first = on(2, run("first", SUM).lora(all)).build().run();
        assertSame(run("first-one", SUM).lora(all).build().run(), first);
        DraftKResult second = on(2, run("second", SUM).initial(first.adapter())).build().run();
        assertSame(run("second-one", SUM).initial(first.adapter()).build().run(), second);
    }

    @Test
    void pipelinesShareTheEmbeddingsOfPrompts() throws IOException {
        DraftKResult one = miniature("mini", 1);
        DraftKResult three = miniature("mini-three", 3);
        assertSame(three, one);
    }

    @Test
    void howManyPromptsAreKeptMovesNoBit() throws IOException {
        List<String> prompts = IntStream.range(0, 9).mapToObj(i -> i + " red stars").toList();
        UnaryOperator<DraftKBuilder> many =
                b -> b.prompts(prompts).heldOut(List.of("a blue circle")).evaluateEvery(1);
        DraftKResult all = miniature("mini-all", 1, many);
        assertSame(miniature("mini-few", 1, b -> many.apply(b).promptCache(1)), all);
        assertSame(miniature("mini-few-two", 2, b -> many.apply(b).promptCache(5)), all);
    }

    private DraftKResult miniature(String name, int devices) {
        return miniature(name, devices, UnaryOperator.identity());
    }

    private DraftKResult miniature(
            String name, int devices, UnaryOperator<DraftKBuilder> settings) {
        try (DiffusionPipeline pipeline = DiffusionPipeline.miniature();
                RewardModel reward = RewardModel.combined().miniature().build()) {
            ReplicaSource source =
                    device ->
                            DraftReplica.of(
                                    DiffusionPipeline.miniature(),
                                    RewardModel.combined().miniature().build());
            DraftKBuilder run =
                    DraftKOptimizer.builder()
                            .pipeline(pipeline)
                            .reward(reward.differentiable())
                            .prompts(List.of("a large red star", "a small blue circle"))
                            .config(config().with(c -> c.steps(2).lastK(1).size(32, 32)))
                            .optimizer(o -> o.steps(2).accumulation(4).batchSize(1))
                            .devices(source, cpus(devices - 1))
                            .output(temp.resolve(name));
            return settings.apply(run).build().run();
        }
    }

    @Test
    void anErrorOnOneDeviceStopsTheRunAndFreesTheReplicas() {
        DifferentiableReward broken =
                (pixels, prompts) -> {
                    throw new IllegalStateException("no reward here");
                };
        DraftKBuilder run = run("broken", SUM).devices(source(DType.FLOAT32, broken), cpus(2));
        assertThatThrownBy(() -> run.build().run())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no reward here");
        assertThat(open).hasValue(0);
        assertThat(model.transformer().adapters()).isEmpty();
        assertThat(temp.resolve("broken/adapter")).doesNotExist();
    }

    @Test
    void aRewardThatIsNotFiniteOnOneDeviceIsNamedAsOnOne() {
        DifferentiableReward broken =
                (pixels, prompts) -> {
                    NDArray mean = PixelRewards.mean(pixels);
                    return prompts.contains("a tree") ? mean.mul(Float.NaN) : mean;
                };
        List<String> messages = new ArrayList<>();
        for (int devices : new int[] {1, 3}) {
            DraftKBuilder run =
                    run("nan-" + devices, broken)
                            .devices(source(DType.FLOAT32, broken), cpus(devices - 1));
            assertThatThrownBy(() -> run.build().run())
                    .isInstanceOf(DivergenceException.class)
                    .satisfies(e -> messages.add(e.getMessage()));
        }
        assertThat(messages.get(0)).contains("\"a tree\"").isEqualTo(messages.get(1));
    }

    @Test
    void refusesReplicasOfAnotherPrecisionAndAnEngineBesideDevices() {
        DraftKBuilder half = run("half", SUM).devices(source(DType.BFLOAT16, SUM), Device.cpu());
        assertThatThrownBy(() -> half.build().run())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("expected a replica that computes in FLOAT32")
                .hasMessageContaining("got BFLOAT16");
        assertThat(open).hasValue(0);
        assertThatThrownBy(() -> on(2, run("both", SUM)).engine((job, lora) -> null).build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("not both");
    }

    private DraftKBuilder on(int devices, DraftKBuilder run) {
        return run.devices(source(DType.FLOAT32, SUM), cpus(devices - 1));
    }

    private static Device[] cpus(int count) {
        return Collections.nCopies(count, Devices.tested()).toArray(Device[]::new);
    }

    private ReplicaSource source(DType type, DifferentiableReward reward) {
        return device -> {
            TinyModel replica = new TinyModel(type);
            open.incrementAndGet();
            return DraftReplica.of(
                    replica,
                    reward,
                    () -> {
                        open.decrementAndGet();
                        replica.close();
                    });
        };
    }

    private DraftKBuilder run(String name, DifferentiableReward reward) {
        return DraftKOptimizer.builder()
                .model(model)
                .reward(reward)
                .prompts(List.of("a house", "a tree", "a dog"))
                .config(config())
                .saveEvery(4)
                .output(temp.resolve(name));
    }

    private static DraftKConfig config() {
        return DraftKConfig.from(DraftKConfig.paper())
                .steps(3)
                .lastK(2)
                .size(64, 64)
                .drift(0.1)
                .optimizer(
                        o ->
                                o.steps(4)
                                        .batchSize(1)
                                        .accumulation(5)
                                        .schedule(LrSchedule.cosine(1e-2, 1, 4))
                                        .weightDecay(0.01))
                .lora(LoraConfig.rank(2).withDropout(0.2))
                .checkpointing(RolloutCheckpointing.STEP)
                .build();
    }

    private void assertSame(DraftKResult actual, DraftKResult expected) throws IOException {
        String file = "pytorch_lora_weights.safetensors";
        assertThat(Files.readAllBytes(actual.adapter().resolve(file)))
                .isEqualTo(Files.readAllBytes(expected.adapter().resolve(file)));
        assertThat(values(actual)).isEqualTo(values(expected));
    }

    private static List<Metrics> metrics(DraftKResult result) {
        return MetricsFile.read(result.adapter().resolveSibling("metrics.jsonl"));
    }

    /** Metrics but for the time they took. */
    private static List<Map<String, Double>> values(DraftKResult result) {
        return metrics(result).stream()
                .map(
                        m -> {
                            Map<String, Double> values = new TreeMap<>(m.values());
                            values.remove("seconds");
                            return values;
                        })
                .toList();
    }
}

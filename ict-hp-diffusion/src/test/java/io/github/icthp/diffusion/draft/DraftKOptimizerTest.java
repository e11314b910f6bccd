package io.github.icthp.diffusion.draft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.PixelRewards;
import io.github.icthp.Rewards;
import io.github.icthp.Standardization;
import io.github.icthp.WeightedReward;
import io.github.icthp.diffusion.draft.PromptOrder.Picture;
import io.github.icthp.diffusion.lora.LoraConfig;
import io.github.icthp.diffusion.lora.LoraFile;
import io.github.icthp.diffusion.lora.LoraTargets;
import io.github.icthp.testing.Devices;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.DivergenceException;
import io.github.icthp.training.LrSchedule;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.MetricsFile;
import io.github.icthp.training.RunListener;
import io.github.icthp.training.RunProgress;
import io.github.icthp.training.RunRecord;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DraftKOptimizerTest {

    private static final DifferentiableReward BRIGHTNESS =
            (pixels, prompts) -> pixels.flatten(1, -1).mean(new int[] {1});

    private static final DifferentiableReward REDNESS =
            (pixels, prompts) -> pixels.get(":, 0").flatten(1, -1).mean(new int[] {1});

    @TempDir Path temp;
    private final TinyModel model = new TinyModel(DType.FLOAT32);

    @AfterAll
    void close() {
        model.close();
    }

    @Test
    void raisesTheReward() {
        DraftKResult result =
                run("raise", BRIGHTNESS).heldOut(List.of("a cow", "a boat")).build().run();
        List<Metrics> metrics = MetricsFile.read(temp.resolve("raise/metrics.jsonl"));
        Metrics last = metrics.get(metrics.size() - 1);
        assertThat(last.phase()).isEqualTo(Metrics.EVALUATE);
        assertThat(last.values().get("reward"))
                .isEqualTo(result.reward())
                .isGreaterThan(last.values().get("base_reward") + 0.01);
        assertThat(result.steps()).isEqualTo(6);
        assertThat(result.reason()).isEqualTo("finished");
        assertThat(result.toString())
                .matches("DraftKResult\\[finished after 6 steps, held-out reward \\S+: [^\n]*]");
        assertThat(LoraFile.inspect(result.adapter()).ranks()).containsOnlyKeys(2L);
        assertThat(temp.resolve("raise/run.json")).isRegularFile();
        assertThat(temp.resolve("raise/rewards.png")).isRegularFile();
        assertThat(temp.resolve("raise/grids/step-00000006.png")).isRegularFile();
    }

    @Test
    void leavesTheModelAsItWas() {
        Picture picture = new Picture("a cow", 3);
        float[] before = sample(picture);
        run("untouched", BRIGHTNESS).build().run();
        assertThat(sample(picture)).isEqualTo(before);
        assertThat(model.transformer().adapters()).isEmpty();
    }

    @Test
    void resumesToTheBit() throws IOException {
        DraftKConfig config =
                DraftKConfig.from(config())
                        .lora(LoraConfig.rank(2).withDropout(0.3))
                        .optimizer(
                                o ->
                                        o.accumulation(2)
                                                .schedule(LrSchedule.cosine(1e-2, 2, 9))
                                                .weightDecay(0.01)
                                                .maxGradientNorm(1)
                                                .average(0.9))
                        .build();
        List<String> others = List.of("a cow");
        DraftKResult whole = run("whole", BRIGHTNESS).config(config).heldOut(others).build().run();
        DraftKBuilder killed =
                run("killed", BRIGHTNESS)
                        .config(config)
                        .heldOut(others)
                        .listener(failAfter(5))
                        .resume(true);
        assertThatThrownBy(() -> killed.build().run()).hasMessage("killed");
        DraftKResult resumed =
                run("killed", BRIGHTNESS).config(config).heldOut(others).resume(true).build().run();
        assertThat(adapter(resumed.adapter())).isEqualTo(adapter(whole.adapter()));
        assertThat(values("killed")).isEqualTo(values("whole"));
    }

    private static DraftKConfig during(long steps, LrSchedule rate) {
        return config().with(
                        c ->
                                c.optimizer(
                                        o ->
                                                o.steps(steps)
                                                        .schedule(rate)
                                                        .weightDecay(0.01)
                                                        .maxGradientNorm(1)
                                                        .average(0.9)));
    }

    @Test
    void aFinishedRunGoesOnForMoreStepsAsIfItHadBeenLongFromTheStart() throws IOException {
        LrSchedule rate = LrSchedule.constant(1e-2, 2);
        List<String> others = List.of("a cow");
        DraftKResult whole =
                run("long", BRIGHTNESS).config(during(7, rate)).heldOut(others).build().run();
        run("short", BRIGHTNESS).config(during(3, rate)).heldOut(others).build().run();
        DraftKResult extended =
                run("short", BRIGHTNESS)
                        .config(during(7, rate))
                        .heldOut(others)
                        .resume(true)
                        .build()
                        .run();
        assertThat(extended.steps()).isEqualTo(7);
        assertThat(adapter(extended.adapter())).isEqualTo(adapter(whole.adapter()));
        assertThat(values("short")).isEqualTo(values("long"));
    }

    @Test
    void aRunWhoseRateFallsOverAllStepsCannotBeExtended() {
        run("falling", BRIGHTNESS).config(during(3, LrSchedule.cosine(1e-2, 1, 3))).build().run();
        DraftKBuilder longer =
                run("falling", BRIGHTNESS)
                        .config(during(6, LrSchedule.cosine(1e-2, 1, 6)))
                        .resume(true);
        assertThatThrownBy(() -> longer.build().run())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("config.optimizer.steps was 3 and is 6")
                .hasMessageContaining("a linear or cosine rate falls over all steps");
    }

    @Test
    void writesAdaptersThatAKilledRunDidNotComeTo() throws IOException {
        List<String> others = List.of("a cow");
        DraftKResult whole = run("late", BRIGHTNESS).heldOut(others).build().run();
        byte[] last = adapter(whole.adapter());
        byte[] best = adapter(whole.best());
        Path mark = temp.resolve("late/checkpoints/best.json");
        String marked = Files.readString(mark);
        MoreFiles.deleteRecursively(whole.adapter(), RecursiveDeleteOption.ALLOW_INSECURE);
        MoreFiles.deleteRecursively(whole.best(), RecursiveDeleteOption.ALLOW_INSECURE);
        Files.delete(mark);
        DraftKResult resumed = run("late", BRIGHTNESS).heldOut(others).resume(true).build().run();
        assertThat(resumed).isEqualTo(whole);
        assertThat(adapter(resumed.adapter())).isEqualTo(last);
        assertThat(adapter(resumed.best())).isEqualTo(best);
        assertThat(mark).hasContent(marked);
    }

    @Test
    void anInterruptedRunStopsAndIsResumed() throws IOException {
        DraftKResult whole = run("undisturbed", BRIGHTNESS).build().run();
        RunListener interrupt =
                new RunListener() {
                    @Override
                    public void stepped(Metrics metrics, RunProgress progress) {
                        if (metrics.step() == 5) {
                            Thread.currentThread().interrupt();
                        }
                    }
                };
        DraftKBuilder interrupted = run("interrupted", BRIGHTNESS).listener(interrupt);
        assertThatThrownBy(() -> interrupted.build().run())
                .isInstanceOf(CancellationException.class)
                .hasMessageContaining("interrupted after 5 of 6 steps");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(model.transformer().adapters()).isEmpty();
        DraftKResult resumed = run("interrupted", BRIGHTNESS).resume(true).build().run();
        assertThat(adapter(resumed.adapter())).isEqualTo(adapter(whole.adapter()));
    }

    /** Metrics but for the time they took. */
    private List<String> values(String name) {
        return MetricsFile.read(temp.resolve(name).resolve("metrics.jsonl")).stream()
                .map(m -> m.step() + " " + m.phase() + " " + m.values().get("reward"))
                .toList();
    }

    @Test
    void stopsAtARewardThatIsNotFinite() {
        DifferentiableReward broken =
                (pixels, prompts) -> {
                    float[] factors = new float[prompts.size()];
                    for (int i = 0; i < factors.length; i++) {
                        factors[i] = prompts.get(i).equals("a tree") ? Float.NaN : 1;
                    }
                    NDArray brightness = BRIGHTNESS.reward(pixels, prompts);
                    return brightness.mul(Tensors.of(factors, factors.length));
                };
        assertThatThrownBy(() -> run("broken", broken).build().run())
                .isInstanceOf(DivergenceException.class)
                .hasMessageContaining("the reward of step")
                .hasMessageContaining("prompt \"a tree\" with seed");
        assertThat(model.transformer().adapters()).isEmpty();
    }

    @Test
    void stopsAtAHeldOutRewardThatIsNotFinite() {
        DifferentiableReward broken =
                (pixels, prompts) -> BRIGHTNESS.reward(pixels, prompts).mul(Float.NaN);
        assertThatThrownBy(
                        () ->
                                run("unjudged", BRIGHTNESS)
                                        .heldOut(List.of("a cow"), Rewards.weighted(-1, broken))
                                        .build()
                                        .run())
                .isInstanceOf(DivergenceException.class)
                .hasMessageContaining("the held-out reward of step 3")
                .hasMessageContaining("prompt \"a cow\" with seed");
    }

    @Test
    void stopsEarlyWhenItHacksItsReward() {
        DraftKBuilder hacked =
                run("hacked", BRIGHTNESS)
                        .evaluateEvery(1)
                        .saveEvery(10)
                        .patience(2)
                        .heldOut(List.of("a cow"), Rewards.weighted(-1, BRIGHTNESS));
        DraftKResult result = hacked.build().run();
        assertThat(result.reason()).startsWith("stopped early");
        assertThat(result.steps()).isLessThan(6);
        assertThat(result.best()).isEqualTo(temp.resolve("hacked/best"));
        assertThat(hacked.resume(true).build().run()).isEqualTo(result);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"BFLOAT16", "FLOAT16"})
    void trainsInHalfPrecision(DType type) {
        try (TinyModel half = new TinyModel(type)) {
            DraftKBuilder builder = run("half-" + type, BRIGHTNESS).model(half);
            DraftKResult result = builder.heldOut(List.of("a cow")).build().run();
            Metrics last = last(MetricsFile.read(temp.resolve("half-" + type + "/metrics.jsonl")));
            assertThat(result.reward()).isGreaterThan(last.values().get("base_reward") + 0.01);
            assertThat(LoraFile.inspect(result.adapter()).types()).containsExactly("F32");
        }
    }

    @ParameterizedTest
    @EnumSource(RolloutCheckpointing.class)
    void everyPolicyTrainsAlike(RolloutCheckpointing checkpointing) {
        DraftKBuilder builder =
                run("policy-" + checkpointing, BRIGHTNESS).checkpointing(checkpointing);
        builder.build().run();
        List<Metrics> metrics =
                MetricsFile.read(temp.resolve("policy-" + checkpointing + "/metrics.jsonl"));
        run("policy", BRIGHTNESS)
                .checkpointing(RolloutCheckpointing.NONE)
                .resume(true)
                .build()
                .run();
        List<Metrics> whole = MetricsFile.read(temp.resolve("policy/metrics.jsonl"));
        for (int i = 0; i < whole.size(); i++) {
            assertThat(metrics.get(i).values().get("reward"))
                    .isCloseTo(whole.get(i).values().get("reward"), within(1e-4));
        }
    }

    @ParameterizedTest
    @EnumSource(RolloutCheckpointing.class)
    void everyPolicyTrainsEmbeddingsAlikeAndHoldsThemNearTheBase(
            RolloutCheckpointing checkpointing) {
        List<Metrics> whole = trainEverything("all", RolloutCheckpointing.NONE);
        List<Metrics> metrics = trainEverything("all-" + checkpointing, checkpointing);
        for (int i = 0; i < whole.size(); i++) {
            for (String name : List.of("reward", "drift", "gradient_norm")) {
                double expected = whole.get(i).values().get(name);
                assertThat(metrics.get(i).values().get(name))
                        .as(name)
                        .isCloseTo(expected, within(1e-3 * Math.abs(expected) + 1e-6));
            }
        }
        assertThat(last(metrics).values().get("drift")).isPositive();
        assertThat(LoraFile.inspect(temp.resolve("all/adapter")).targets())
                .contains("transformer.pos_embed.proj", "transformer.context_embedder");
    }

    private List<Metrics> trainEverything(String name, RolloutCheckpointing checkpointing) {
        DraftKBuilder builder = run(name, BRIGHTNESS);
        builder.config(config().with(c -> c.drift(0.5)))
                .lora(LoraConfig.rank(2).withTargets(LoraTargets.matching(".*")))
                .checkpointing(checkpointing);
        boolean there = Files.exists(temp.resolve(name));
        builder.resume(there).build().run();
        return MetricsFile.read(temp.resolve(name + "/metrics.jsonl"));
    }

    @Test
    void goesOnFromAnAdapter() {
        DraftKResult first = run("first", BRIGHTNESS).heldOut(List.of("a cow")).build().run();
        run("second", BRIGHTNESS).initial(first.adapter()).heldOut(List.of("a cow")).build().run();
        List<Metrics> metrics = MetricsFile.read(temp.resolve("second/metrics.jsonl"));
        assertThat(last(metrics).values().get("reward")).isGreaterThan(first.reward());
    }

    @Test
    void namesEverythingThatIsMissing() {
        assertThatThrownBy(() -> DraftKOptimizer.builder().build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("[pipeline or model, reward, prompts, output]");
        assertThatThrownBy(() -> DraftKOptimizer.builder().steps(2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("K must be in 1..2, got 3");
    }

    @Test
    void differentiatesWeightedSums() {
        try (TensorScope scope = TensorScope.open(Devices.tested())) {
            NDArray pixels = scope.manager().ones(new Shape(2, 3, 4, 4));
            WeightedReward both = Rewards.weighted(2, BRIGHTNESS).plus(-1, REDNESS);
            DifferentiableReward.RewardGradient sum = both.gradient(pixels, List.of("a", "b"));
            assertThat(sum.rewards().toFloatArray()).containsExactly(1, 1);
            DifferentiableReward whole = (values, texts) -> both.reward(values, texts);
            assertThat(sum.gradient().toFloatArray())
                    .isEqualTo(whole.gradient(pixels, List.of("a", "b")).gradient().toFloatArray());
        }
    }

    @ParameterizedTest
    @EnumSource(RolloutCheckpointing.class)
    void refusesRewardsThatAreNotOneEachOrCannotBeDifferentiated(
            RolloutCheckpointing checkpointing) {
        Map<String, DifferentiableReward> wrong =
                Map.of(
                        "shape (2), got ()",
                        (pixels, prompts) -> pixels.mean(),
                        "shape (2), got (2, 1)",
                        (pixels, prompts) -> PixelRewards.mean(pixels).reshape(2, 1),
                        "floating-point rewards, got INT32",
                        (pixels, prompts) -> PixelRewards.mean(pixels).toType(DataType.INT32, true),
                        "the reward: expected rewards that can be differentiated",
                        (pixels, prompts) -> Autograd.detach(PixelRewards.mean(pixels)),
                        "the term \"2\": expected one reward for each picture, shape (2), got (1)",
                        Rewards.weighted(1, BRIGHTNESS)
                                .plus(
                                        1,
                                        (pixels, prompts) ->
                                                REDNESS.reward(pixels.get("0:1"), prompts)),
                        "the term \"flat\": expected rewards that can be differentiated",
                        Rewards.weighted("bright", 1, BRIGHTNESS)
                                .plus("flat", 1, (pixels, prompts) -> Tensors.of(new float[2], 2)));
        wrong.forEach(
                (said, reward) ->
                        assertThatThrownBy(
                                        () ->
                                                run("wrong-" + checkpointing, reward)
                                                        .checkpointing(checkpointing)
                                                        .resume(true)
                                                        .build()
                                                        .run())
                                .isInstanceOf(IllegalStateException.class)
                                .hasMessageContaining(said)
                                .hasMessageNotContaining("TorchScript"));
        assertThat(model.transformer().adapters()).isEmpty();
    }

    @Test
    void refusesAHeldOutRewardThatIsNotOneEach() {
        DraftKBuilder odd =
                run("odd", BRIGHTNESS)
                        .heldOut(List.of("a cow", "a boat"), (pixels, prompts) -> pixels.mean());
        assertThatThrownBy(() -> odd.build().run())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the held-out reward: expected one reward for each picture");
    }

    @ParameterizedTest
    @EnumSource(RolloutCheckpointing.class)
    void metricsHoldEveryTermOfASum(RolloutCheckpointing checkpointing) {
        DifferentiableReward rough = (pixels, prompts) -> PixelRewards.totalVariation(pixels);
        WeightedReward sum =
                Rewards.weighted("brightness", 1, BRIGHTNESS).plus("noise", -0.5, rough);
        String name = "terms-" + checkpointing;
        List<Metrics> heard = new ArrayList<>();
        RunListener listener =
                new RunListener() {
                    @Override
                    public void stepped(Metrics metrics, RunProgress progress) {
                        heard.add(metrics);
                    }
                };
        run(name, sum)
                .unrolling(new Unrolling.LowVariance(2))
                .heldOut(List.of("a cow", "a boat", "a hen"))
                .checkpointing(checkpointing)
                .listener(listener)
                .build()
                .run();
        List<Metrics> metrics = MetricsFile.read(temp.resolve(name + "/metrics.jsonl"));
        assertThat(heard).hasSize(6);
        assertThat(metrics).hasSize(8).containsAll(heard);
        for (Metrics m : metrics) {
            assertThat(m.values().get("reward.brightness") - 0.5 * m.values().get("reward.noise"))
                    .isCloseTo(m.values().get("reward"), within(1e-5));
        }
        assertThat(last(metrics).values())
                .containsKeys("base_reward.brightness", "base_reward.noise");
    }

    @Test
    void theRecordHoldsTheTermsSoThatAResumedRunHasTheSame() throws IOException {
        WeightedReward sum =
                Rewards.weighted("bright", 1, BRIGHTNESS)
                        .plus("red", -0.5, REDNESS)
                        .standardized(
                                Map.of(
                                        "bright", new Standardization(0.5, 0.1, 8),
                                        "red", new Standardization(0, 0.2, 8)));
        WeightedReward judge = Rewards.weighted("judge", 1, REDNESS);
        Path weights = Files.writeString(temp.resolve("weights"), "some");
        run("recorded", sum)
                .heldOut(List.of("a cow"), judge)
                .rewardFiles(Map.of("red", weights))
                .build()
                .run();
        RunRecord record = RunRecord.fromJson(Files.readString(temp.resolve("recorded/run.json")));
        assertThat(record.config().getAsJsonObject("reward").toString())
                .isEqualTo(
                        "{\"bright\":{\"weight\":1.0,\"standard\":{\"mean\":0.5,\"deviation\":0.1,"
                                + "\"pictures\":8}},\"red\":{\"weight\":-0.5,\"standard\":{\"mean\":0.0,"
                                + "\"deviation\":0.2,\"pictures\":8}}}");
        assertThat(record.config().getAsJsonObject("held_out_reward").toString())
                .isEqualTo("{\"judge\":{\"weight\":1.0}}");
        assertThat(record.weights()).containsKey("reward red");
        Metrics metrics = last(MetricsFile.read(temp.resolve("recorded/metrics.jsonl")));
        assertThat(metrics.values())
                .containsKeys("reward.red", "held_out_reward.judge", "base_held_out_reward.judge");
        assertThat(metrics.values().get("held_out_reward.judge"))
                .isEqualTo(metrics.values().get("held_out_reward"));
        WeightedReward other =
                Rewards.weighted("bright", 1, BRIGHTNESS)
                        .plus("red", -0.4, REDNESS)
                        .standardized(sum.standardizations());
        DraftKBuilder changed =
                run("recorded", other).heldOut(List.of("a cow"), judge).resume(true);
        assertThatThrownBy(changed::check)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("config.reward.red.weight was -0.5 and is -0.4");
        run("recorded", sum).heldOut(List.of("a cow"), judge).resume(true).check();
    }

    @Test
    void termsHaveNamesOfTheirOwn() {
        WeightedReward sum = Rewards.weighted(1, BRIGHTNESS).plus("red", -2, REDNESS);
        assertThat(sum.names()).containsExactly("1", "red");
        assertThat(sum).hasToString("WeightedReward[1.0 x 1 + -2.0 x red]");
        assertThatThrownBy(() -> sum.plus("red", 1, REDNESS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got \"red\" beside [1, red]");
        assertThatThrownBy(() -> Rewards.weighted(" ", 1, REDNESS))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private DraftKBuilder run(String name, DifferentiableReward reward) {
        return DraftKOptimizer.builder()
                .model(model)
                .reward(reward)
                .prompts(List.of("a house", "a tree", "a dog"))
                .config(config())
                .evaluateEvery(3)
                .saveEvery(3)
                .keep(1)
                .output(temp.resolve(name));
    }

    private static DraftKConfig config() {
        return DraftKConfig.from(DraftKConfig.paper())
                .steps(3)
                .lastK(2)
                .size(64, 64)
                .optimizer(
                        o ->
                                o.steps(6)
                                        .batchSize(2)
                                        .accumulation(1)
                                        .learningRate(2e-2)
                                        .weightDecay(0)
                                        .maxGradientNorm(Double.POSITIVE_INFINITY))
                .lora(LoraConfig.rank(2))
                .checkpointing(RolloutCheckpointing.STEP)
                .build();
    }

    private float[] sample(Picture picture) {
        return TensorScope.call(
                Devices.tested(),
                () -> {
                    return Tensors.toFloats(
                            new PictureSampler(model, config().sampling())
                                    .pixels(List.of(picture)));
                });
    }

    private static byte[] adapter(Path folder) throws IOException {
        return Files.readAllBytes(folder.resolve("pytorch_lora_weights.safetensors"));
    }

    private static Metrics last(List<Metrics> metrics) {
        return metrics.get(metrics.size() - 1);
    }

    private static RunListener failAfter(long step) {
        return new RunListener() {
            @Override
            public void stepped(Metrics metrics, RunProgress progress) {
                if (metrics.step() == step) {
                    throw new IllegalStateException("killed");
                }
            }
        };
    }
}

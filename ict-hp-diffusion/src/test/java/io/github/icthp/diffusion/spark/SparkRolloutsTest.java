package io.github.icthp.diffusion.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.draft.DraftKBuilder;
import io.github.icthp.diffusion.draft.DraftKResult;
import io.github.icthp.diffusion.draft.DraftReplica;
import io.github.icthp.diffusion.draft.ReplicaSource;
import io.github.icthp.testing.StandaloneCluster;
import io.github.icthp.torch.Torch;
import io.github.icthp.training.DivergenceException;
import io.github.icthp.training.RunRecord;

import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

class SparkRolloutsTest {

    @TempDir static Path temp;
    private static SparkContext spark;
    private static MiniatureRun runs;

    @BeforeAll
    static void start() {
        SparkConf conf = new SparkConf().setMaster("local[2]");
        StandaloneCluster.onThisMachine(temp).forEach(conf::set);
        spark = new SparkContext(conf);
        runs = new MiniatureRun(temp);
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static SparkRollouts on(ReplicaSource source) {
        return SparkRollouts.on(spark, source);
    }

    @Test
    void makesTheBitsOfOneMachineAndResumes() throws IOException {
        DraftKResult alone = runs.run("alone", b -> b);
        Path opened = temp.resolve("opened");
        // Chunks of a prime number of floats begin and end within tensors.
        SparkRollouts executors = on(MiniatureRun.source(opened)).chunk(10_007);
        runs.run("spark", b -> b.engine(executors).optimizer(o -> o.steps(2)));
        DraftKResult resumed = runs.run("spark", b -> b.engine(executors).resume(true));
        MiniatureRun.assertSame(resumed, alone);
        assertThat(MiniatureRun.processes(opened)).hasSize(2);
        RunRecord record = RunRecord.fromJson(Files.readString(temp.resolve("spark/run.json")));
        assertThat(record.device()).contains("Apache Spark").contains("local[2]");
        assertThat(spark.env().blockManager().diskBlockManager().getAllFiles().isEmpty()).isTrue();
    }

    @Test
    void executorsEncodeThePromptsOfTheStepsThatCome() throws IOException {
        UnaryOperator<DraftKBuilder> many =
                b ->
                        b.prompts(IntStream.range(0, 8).mapToObj(i -> i + " red stars").toList())
                                .heldOut(List.of("a blue circle"))
                                .evaluateEvery(2);
        DraftKResult alone = runs.run("many-alone", many);
        SparkRollouts executors = on(MiniatureRun.source(temp.resolve("many")));
        MiniatureRun.assertSame(
                runs.run("many", b -> many.apply(b).promptCache(3).engine(executors)), alone);
    }

    @Test
    void aRewardThatIsNotFiniteEndsTheRunAsOnOneMachine() {
        assertThatThrownBy(() -> runs.run("nan", b -> b.engine(on(rewarding(Float.NaN)))))
                .isInstanceOf(DivergenceException.class)
                .hasMessageContaining("the reward of step 0 is NaN")
                .hasMessageContaining("prompt \"a ");
        assertThat(temp.resolve("nan/adapter")).doesNotExist();
    }

    private static ReplicaSource rewarding(float factor) {
        return device -> {
            DiffusionPipeline pipeline = DiffusionPipeline.miniature();
            DifferentiableReward reward =
                    (pixels, prompts) -> pixels.flatten(1, -1).mean(new int[] {1}).mul(factor);
            return DraftReplica.of(pipeline, reward, pipeline::close);
        };
    }

    @Test
    void aModelThatExecutorsDoNotHaveIsNamed() {
        String missing = temp.resolve("nowhere").toString();
        ReplicaSource source =
                device -> {
                    DiffusionPipeline pipeline = DiffusionPipeline.load(Path.of(missing));
                    return DraftReplica.of(pipeline, MiniatureRun.reward());
                };
        assertThatThrownBy(() -> runs.run("missing", b -> b.engine(on(source))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("SparkRollouts: step 0: ")
                .hasMessageContaining("nowhere");
    }

    @Test
    void aSourceThatCannotTravelIsRefused() {
        Path folder = temp;
        Optional<Path> captured = Optional.of(folder);
        ReplicaSource source =
                device -> {
                    throw new IllegalStateException(captured.toString());
                };
        assertThatThrownBy(() -> runs.run("stuck", b -> b.engine(on(source))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("java.util.Optional")
                .hasMessageContaining("capture texts and numbers alone");
    }

    @Test
    void executorsMustComputeWithTheSameNumberOfThreads() {
        int other = Torch.threads() + 1;
        SparkRollouts executors = on(MiniatureRun.source(temp.resolve("threads"))).threads(other);
        assertThatThrownBy(() -> runs.run("threads", b -> b.engine(executors)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("and the run with " + other);
        assertThat(temp.resolve("threads/adapter")).doesNotExist();
    }

    @Test
    void refusesWhatCannotBe() {
        ReplicaSource source = rewarding(1);
        assertThatThrownBy(() -> on(source).chunk(0)).hasMessageContaining("got 0");
        assertThatThrownBy(() -> on(source).threads(-1)).hasMessageContaining("got -1");
        try (SparkApplication joined = SparkApplication.open("test", Optional.empty())) {
            assertThat(joined.rollouts(source)).hasToString(on(source).toString());
        }
        assertThat(spark.isStopped()).isFalse();
        assertThat(SparkApplication.isPossible()).isTrue();
    }

    @Test
    void piecesOutOfOrderAreNotSummed() {
        OrderedSum sum = new OrderedSum(2);
        List<scala.Tuple2<Place, java.io.Serializable>> twice =
                List.of(
                        new scala.Tuple2<>(new Place(0, 0), new byte[4]),
                        new scala.Tuple2<>(new Place(0, 0), new byte[4]));
        assertThatThrownBy(() -> sum.call(twice.iterator()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("expected chunk 0 of rollout 1");
    }
}

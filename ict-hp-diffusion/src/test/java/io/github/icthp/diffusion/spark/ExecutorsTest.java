package io.github.icthp.diffusion.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.icthp.diffusion.draft.DraftKBuilder;
import io.github.icthp.diffusion.draft.DraftKResult;
import io.github.icthp.testing.StandaloneCluster;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.RunListener;
import io.github.icthp.training.RunProgress;

import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Executors that are processes of their own, under Spark's standalone master. {@code
 * -Dspark.executors=1,2,3} runs with each of these numbers of executors in place of two alone.
 */
class ExecutorsTest {

    private static final int STEPS = 20;

    @TempDir Path temp;

    @Test
    void executorsMakeTheBitsOfOneMachineThoughOneIsKilled() throws Exception {
        MiniatureRun runs = new MiniatureRun(temp);
        DraftKResult alone = runs.run("alone", ExecutorsTest::steps);
        List<Integer> counts =
                List.of(System.getProperty("spark.executors", "2").split(",")).stream()
                        .map(Integer::valueOf)
                        .toList();
        int most = counts.stream().mapToInt(i -> i).max().orElseThrow();
        try (StandaloneCluster cluster = StandaloneCluster.start(temp, most)) {
            for (int executors : counts) {
                assertSameOn(cluster, executors, runs, alone);
            }
        }
    }

    private void assertSameOn(
            StandaloneCluster cluster, int executors, MiniatureRun runs, DraftKResult alone)
            throws IOException {
        Path opened = temp.resolve("opened-" + executors);
        SparkConf conf = new SparkConf();
        cluster.application(executors, "512m", "-XX:TieredStopAtLevel=1").forEach(conf::set);
        SparkContext spark = new SparkContext(conf);
        try {
            SparkRollouts engine = SparkRollouts.on(spark, MiniatureRun.source(opened));
            DraftKResult result =
                    runs.run(
                            "executors-" + executors,
                            b -> steps(b).engine(engine).listener(killAfter(7, opened)));
            MiniatureRun.assertSame(result, alone);
        } finally {
            spark.stop();
        }
        List<Long> processes = MiniatureRun.processes(opened);
        Set<Long> different = new HashSet<>(processes);
        assertThat(different).doesNotContain(ProcessHandle.current().pid());
        assertThat(processes).as("a replica for each process").hasSameSizeAs(different);
        assertThat(different.size()).isGreaterThan(executors - 1);
    }

    private static DraftKBuilder steps(DraftKBuilder builder) {
        return builder.optimizer(o -> o.steps(STEPS));
    }

    /** Kills a process that computes rollouts, as if its machine were lost. */
    private static RunListener killAfter(long step, Path opened) {
        return new RunListener() {
            @Override
            public void stepped(Metrics metrics, RunProgress progress) {
                if (metrics.step() == step) {
                    try {
                        long pid = MiniatureRun.processes(opened).get(0);
                        assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly()).isTrue();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            }
        };
    }
}

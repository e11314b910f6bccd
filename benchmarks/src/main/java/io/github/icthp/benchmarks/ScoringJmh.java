package io.github.icthp.benchmarks;

import ai.djl.Device;

import io.github.icthp.Precision;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The hot path: a batch of drawn pictures, from pictures to scores. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class ScoringJmh {

    /** Where: {@code cpu} or {@code gpu}. */
    @Param({"cpu", "gpu"})
    public String device = "cpu";

    /** What the networks compute in. */
    @Param({"FP32", "BF16"})
    public Precision precision = Precision.FP32;

    /** Images computed at once, and scored by one operation. */
    @Param({"1", "8"})
    public int batch;

    private RewardModel model;
    private List<PromptImage> pairs;

    /** Creates the state; JMH fills it. */
    public ScoringJmh() {}

    /** Loads the model. */
    @Setup
    public void load() {
        Device where = device.equals("gpu") ? Device.gpu() : Device.cpu();
        model = Subject.model(Subject.weights(), where, precision).batch(batch).build();
        pairs = Subject.pictures(batch);
    }

    /**
     * Scores a batch.
     *
     * @return the scores
     */
    @Benchmark
    public List<RewardScore> score() {
        try (Stream<RewardScore> scores = model.scoreAll(pairs.stream())) {
            return scores.toList();
        }
    }

    /** Frees the model. */
    @TearDown
    public void close() {
        model.close();
    }
}

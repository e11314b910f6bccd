package io.github.icthp.benchmarks;

import ai.djl.Device;

import io.github.icthp.Precision;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardParts;
import io.github.icthp.RewardScore;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/** What a call costs beside arithmetic: one picture on a tiny model. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class SmallModelJmh {

    private RewardModel model;
    private PromptImage pair;
    private Runnable networks;

    /** Creates the state; JMH fills it. */
    public SmallModelJmh() {}

    /** Loads the model. */
    @Setup
    public void load() {
        model = Subject.model(Subject.tiny(), Device.cpu(), Precision.FP32).build();
        pair = Subject.pictures(1).get(0);
        networks = RewardParts.networks(model, pair);
    }

    /**
     * The whole call.
     *
     * @return the score
     */
    @Benchmark
    public RewardScore wholeCall() {
        return model.score(pair);
    }

    /** The networks alone, on prepared pixels. */
    @Benchmark
    public void networks() {
        networks.run();
    }

    /** Frees the model. */
    @TearDown
    public void close() {
        model.close();
    }
}

package io.github.icthp.benchmarks;

import ai.djl.Device;

import io.github.icthp.Precision;

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

import java.util.concurrent.TimeUnit;

/** One denoising step of a transformer with an adapter: 124 million weights, 256 image tokens. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class DenoisingJmh {

    /** Where: {@code cpu} or {@code gpu}. */
    @Param({"cpu", "gpu"})
    public String device = "cpu";

    /** What the transformer computes in. */
    @Param({"FP32", "BF16"})
    public Precision precision = Precision.FP32;

    /** Whether the weights are laid out for the processor. */
    @Param({"false", "true"})
    public boolean packed;

    private DraftProblem problem;

    /** Creates the state; JMH fills it. */
    public DenoisingJmh() {}

    /** Draws the weights. */
    @Setup
    public void draw() {
        Device where = device.equals("gpu") ? Device.gpu() : Device.cpu();
        problem = new DraftProblem(DraftProblem.Size.speed(), where, precision.dtype());
        if (packed) {
            problem.pack();
        }
    }

    /** Predicts a velocity. */
    @Benchmark
    public void step() {
        problem.denoise();
    }

    /** Frees the weights. */
    @TearDown
    public void close() {
        problem.close();
    }
}

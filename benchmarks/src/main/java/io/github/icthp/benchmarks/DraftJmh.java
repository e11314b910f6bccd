package io.github.icthp.benchmarks;

import ai.djl.Device;

import io.github.icthp.Precision;
import io.github.icthp.diffusion.draft.RolloutCheckpointing;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/**
 * A DRaFT-K step: 4 denoising steps, the last K differentiated, the adapter moved. Ten make a run,
 * whose beginning and end count among them.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 3)
@Measurement(iterations = 5, time = 3)
@Fork(1)
public class DraftJmh {

    /** Where: {@code cpu} or {@code gpu}. */
    @Param({"cpu", "gpu"})
    public String device = "cpu";

    /** What the transformer computes in. */
    @Param({"FP32", "BF16"})
    public Precision precision = Precision.FP32;

    /** What is kept for the way back. */
    @Param({"NONE", "STEP", "BLOCK"})
    public RolloutCheckpointing checkpointing = RolloutCheckpointing.BLOCK;

    /** Steps that are differentiated. */
    @Param({"1", "3"})
    public int k;

    private static final int STEPS = 10;

    private DraftProblem problem;

    /** Creates the state; JMH fills it. */
    public DraftJmh() {}

    /** Draws the weights. */
    @Setup
    public void draw() {
        Device where = device.equals("gpu") ? Device.gpu() : Device.cpu();
        problem = new DraftProblem(DraftProblem.Size.speed(), where, precision.dtype());
    }

    /**
     * Makes steps.
     *
     * @return seconds of each
     */
    @Benchmark
    @OperationsPerInvocation(STEPS)
    public double[] step() {
        return problem.steps(checkpointing, k, STEPS, FreedMemory.RUN);
    }

    /** Frees the weights. */
    @TearDown
    public void close() {
        problem.close();
    }
}

package io.github.icthp.benchmarks;

import ai.djl.Device;

import io.github.icthp.Precision;
import io.github.icthp.RewardModel;
import io.github.icthp.weights.Weights;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Opening checkpoints: names alone, every byte, and the whole model. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 3)
@Fork(1)
public class LoadingJmh {

    private static final int CHUNK = 1 << 23;

    private Path weights;
    private Path ict;

    /** Creates the state; JMH fills it. */
    public LoadingJmh() {}

    /** Finds the weights. */
    @Setup
    public void find() {
        weights = Subject.weights();
        Path folder = weights.resolve("ICT");
        ict = Files.isDirectory(folder) ? folder : weights;
    }

    /**
     * Reads the names and shapes of a checkpoint.
     *
     * @return how many tensors it has
     */
    @Benchmark
    public int open() {
        try (Weights open = Weights.open(ict)) {
            return open.names().size();
        }
    }

    /**
     * Reads every value of a checkpoint.
     *
     * @return how many bytes they have
     */
    @Benchmark
    public long readAll() {
        long bytes = 0;
        try (Weights open = Weights.open(ict)) {
            for (String name : open.names()) {
                long size = open.info(name).bytes();
                ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(CHUNK, size));
                for (long offset = 0; offset < size; offset += buffer.limit()) {
                    buffer.clear().limit((int) Math.min(CHUNK, size - offset));
                    open.read(name, offset, buffer);
                }
                bytes += size;
            }
        }
        return bytes;
    }

    /** Loads a model of ICT and HP in float32 and frees it. */
    @Benchmark
    public void model() {
        try (RewardModel model = Subject.model(weights, Device.cpu(), Precision.FP32).build()) {
            assert model.kind().name().equals("COMBINED");
        }
    }
}

package io.github.icthp.benchmarks;

import ai.djl.Device;

import io.github.icthp.Precision;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardModelBuilder;
import io.github.icthp.examples.SampleModel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What is benchmarked: the weights of {@code -Dict-hp.weights}, or a tiny model. */
final class Subject {

    private Subject() {}

    /** Returns a folder in the released layout. */
    static Path weights() throws IOException {
        String named = System.getProperty("ict-hp.weights");
        return named == null ? tiny() : Path.of(named);
    }

    /** Writes a tiny model of random weights to a folder for temporary files. */
    static Path tiny() throws IOException {
        return SampleModel.write(Files.createTempDirectory("ict-hp-benchmark"));
    }

    /** Begins to build a model of ICT and HP. */
    static RewardModelBuilder model(Path weights, Device device, Precision precision) {
        RewardModelBuilder builder =
                RewardModel.combined().ict(weights).hp(weights).device(device).precision(precision);
        Path base = weights.resolve("base");
        return Files.isDirectory(base) ? builder.base(base) : builder;
    }
}

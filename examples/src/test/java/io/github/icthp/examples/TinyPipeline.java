package io.github.icthp.examples;

import io.github.icthp.testing.Golden;

import java.nio.file.Path;

/** A tiny FLUX pipeline of random weights, of the diffusion module's tests. */
final class TinyPipeline {

    private static final Path GOLDEN =
            Path.of("../ict-hp-diffusion/src/test/resources/golden/diffusion");

    private TinyPipeline() {}

    /** Unpacks the pipeline. */
    static Path unpack(Path folder) {
        return Golden.unpack(GOLDEN.resolve("pipelines/flux_dev_tiny/pipeline"), folder);
    }
}

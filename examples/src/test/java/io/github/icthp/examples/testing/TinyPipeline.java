package io.github.icthp.examples.testing;

import io.github.icthp.testing.Golden;

import java.nio.file.Path;

/** A tiny FLUX pipeline of random weights, of the diffusion module's tests. */
public final class TinyPipeline {

    private static final Path GOLDEN =
            Path.of("../ict-hp-diffusion/src/test/resources/golden/diffusion");

    private TinyPipeline() {}

    /** Unpacks the pipeline. */
    public static Path unpack(Path folder) {
        return Golden.unpack(GOLDEN.resolve("pipelines/flux_dev_tiny/pipeline"), folder);
    }
}

package io.github.icthp.examples.evaluate;

import picocli.CommandLine.Option;

/** How intervals are drawn. */
final class ResamplingOptions {

    @Option(
            names = "--resamples",
            paramLabel = "N",
            defaultValue = "1000",
            description = "draws for the 95 %% intervals; default: ${DEFAULT-VALUE}")
    int resamples;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "seed of those draws; default: ${DEFAULT-VALUE}")
    long seed;
}

package io.github.icthp.examples.score;

import io.github.icthp.RewardModel;
import io.github.icthp.examples.options.DeviceOptions;
import io.github.icthp.examples.options.RewardOptions;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which weights, and how they run. */
final class ModelOptions {

    @Mixin private RewardOptions weights = new RewardOptions();

    @Mixin private DeviceOptions device = new DeviceOptions();

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "8",
            description = "images computed at once; default: ${DEFAULT-VALUE}")
    private int batch;

    /** Returns whether a prompt plays a part. */
    boolean usesPrompts() {
        return weights.usesPrompts();
    }

    /** Loads the model. */
    RewardModel open() {
        return weights.open(device, batch);
    }
}

package io.github.icthp.examples.finetune;

import ai.djl.Device;

import io.github.icthp.diffusion.draft.DraftKBuilder;
import io.github.icthp.diffusion.draft.ReplicaSource;
import io.github.icthp.diffusion.spark.SparkApplication;

import java.util.List;
import java.util.Optional;

/**
 * Devices or executors that make the pictures of a run.
 *
 * @param others devices beside the first
 * @param spark the application whose executors make all pictures
 */
record RolloutPlaces(List<Device> others, Optional<SparkApplication> spark)
        implements AutoCloseable {

    /** Names them to a run. */
    void describe(DraftKBuilder run, ReplicaSource source) {
        spark.ifPresentOrElse(
                application -> run.engine(application.rollouts(source)),
                () -> run.devices(source, others.toArray(Device[]::new)));
    }

    @Override
    public void close() {
        spark.ifPresent(SparkApplication::close);
    }
}

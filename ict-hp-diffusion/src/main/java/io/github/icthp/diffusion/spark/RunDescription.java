package io.github.icthp.diffusion.spark;

import io.github.icthp.diffusion.draft.ReplicaSource;
import io.github.icthp.diffusion.draft.RolloutJob;

import java.io.Serializable;
import java.util.UUID;

/**
 * All that an executor must know of a run, sent once.
 *
 * @param run tells one run from another
 * @param job what the rollouts have in common
 * @param source opens model and reward
 * @param adapter the adapters as a file has them
 * @param layout how gradients are cut into chunks
 * @param threads how many threads a CPU operation uses
 */
record RunDescription(
        UUID run,
        RolloutJob job,
        ReplicaSource source,
        AdapterBytes adapter,
        FlatTensors layout,
        int threads)
        implements Serializable {

    RunDescription(
            RolloutJob job,
            ReplicaSource source,
            AdapterBytes adapter,
            FlatTensors layout,
            int threads) {
        this(UUID.randomUUID(), job, source, adapter, layout, threads);
    }
}

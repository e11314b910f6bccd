package io.github.icthp.diffusion.draft;

import ai.djl.Device;

import java.io.Serializable;

/**
 * Opens what a run tunes and maximizes once more on another device. Usually a lambda that names
 * folders:
 *
 * <pre>{@code
 * ReplicaSource source = device -> DraftReplica.of(
 *         DiffusionPipeline.builder(Path.of("/models/sd35-turbo")).device(device).build(),
 *         RewardModel.combined().ict("/models/ict").hp("/models/hp").device(device).build());
 * }</pre>
 *
 * <p>It must open the same weights in the same precision wherever it is called. It is serializable
 * so that it can travel to other machines; what a lambda captures must be, too, which texts are and
 * paths are not.
 */
@FunctionalInterface
public interface ReplicaSource extends Serializable {

    /**
     * Opens model and reward.
     *
     * @param device where they compute
     * @return the replica, which the run closes
     */
    DraftReplica open(Device device);
}

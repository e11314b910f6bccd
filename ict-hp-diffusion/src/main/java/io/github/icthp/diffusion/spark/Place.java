package io.github.icthp.diffusion.spark;

import org.apache.spark.Partitioner;

import java.io.Serializable;
import java.util.Comparator;

/**
 * Where a piece of a rollout belongs in a step's sum.
 *
 * @param chunk which chunk of the gradient; {@link #REPORT} for what came of the rollout beside it
 * @param rollout the rollout's number
 */
record Place(int chunk, int rollout) implements Comparable<Place>, Serializable {

    static final int REPORT = -1;

    private static final Comparator<Place> ORDER =
            Comparator.comparingInt(Place::chunk).thenComparingInt(Place::rollout);

    @Override
    public int compareTo(Place other) {
        return ORDER.compare(this, other);
    }

    /** Brings all rollouts' pieces of a chunk together. */
    static final class ByChunk extends Partitioner {

        private static final long serialVersionUID = 1;

        private final int partitions;

        ByChunk(int partitions) {
            this.partitions = partitions;
        }

        @Override
        public int numPartitions() {
            return partitions;
        }

        @Override
        public int getPartition(Object key) {
            return Math.floorMod(((Place) key).chunk(), partitions);
        }
    }
}

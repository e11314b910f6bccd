package io.github.icthp.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import java.util.List;
import java.util.Map;

/** The networks of an objective on one device. Used by one thread at a time. */
interface Replica extends AutoCloseable {

    /** Where it lives. */
    Device device();

    /** The parameters that are trained here, float32, by their names in checkpoints. */
    Map<String, NDArray> trained();

    /** The parameters that stay as they are, by their names in checkpoints. */
    Map<String, NDArray> frozen();

    /**
     * Encodes a shard so that it can be differentiated.
     *
     * @return the encoding; what it needs belongs to the innermost scope, which must stay open
     */
    Encoding encode(Shard shard);

    /**
     * Encodes a shard and keeps the features alone.
     *
     * @return features as {@link Encoding#features()} has them, for the innermost scope
     */
    List<NDArray> features(Shard shard);

    /** Frees the networks. */
    @Override
    void close();
}

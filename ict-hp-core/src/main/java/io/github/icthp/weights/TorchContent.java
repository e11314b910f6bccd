package io.github.icthp.weights;

import java.io.IOException;
import java.nio.ByteOrder;

/**
 * What a PyTorch file holds, whatever its container: a pickled object and the bytes it refers to.
 *
 * @param root the object, usually a dictionary
 * @param storages finds a storage's bytes
 * @param order of the bytes in each number
 */
record TorchContent(Object root, Storages storages, ByteOrder order) {

    /** Finds the bytes of a storage. */
    interface Storages {

        /** Returns the bytes, all of which are in the file. */
        ByteSource find(String key) throws IOException;
    }
}

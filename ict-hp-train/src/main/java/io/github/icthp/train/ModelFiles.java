package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import java.nio.file.Path;
import java.util.Map;

/** Writes a trained model where Python and this library load it. */
interface ModelFiles {

    /**
     * Writes weights and settings.
     *
     * @param folder where to; made if it is not there
     * @param trained the trained parameters by their names in checkpoints
     */
    void write(Path folder, Map<String, NDArray> trained);
}

package io.github.icthp.training;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonObject;

import io.github.icthp.files.DurableFiles;
import io.github.icthp.weights.SafetensorsWriter;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes the files of one checkpoint. */
final class CheckpointFiles {

    private CheckpointFiles() {}

    static void write(Path folder, JsonObject state, Map<String, NDArray> tensors)
            throws IOException {
        SafetensorsWriter.write(folder.resolve(SavedCheckpoint.TENSORS), tensors, Map.of());
        DurableFiles.write(folder.resolve(SavedCheckpoint.STATE), state.toString());
        Manifest.write(folder, List.of(SavedCheckpoint.TENSORS, SavedCheckpoint.STATE));
    }
}

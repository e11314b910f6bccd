package io.github.icthp.training;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import io.github.icthp.weights.TensorReader;
import io.github.icthp.weights.Weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A checkpoint on the disk, whole and undamaged.
 *
 * @param step how many steps the run had made
 * @param folder where it lies
 * @param state everything but tensors: whatever the run put into it
 */
public record SavedCheckpoint(long step, Path folder, JsonObject state) {

    static final String STATE = "state.json";
    static final String TENSORS = "tensors.safetensors";

    static SavedCheckpoint read(long step, Path folder) {
        try {
            String json = Files.readString(folder.resolve(STATE));
            return new SavedCheckpoint(
                    step, folder, JsonParser.parseString(json).getAsJsonObject());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the checkpoint " + folder, e);
        }
    }

    /**
     * Reads a section's tensors.
     *
     * @param section the name under which they were saved
     * @return the tensors by name, on the innermost scope's device, owned by that scope
     */
    public Map<String, NDArray> tensors(String section) {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        String prefix = section + CheckpointStore.SEPARATOR;
        try (Weights weights = Weights.open(folder.resolve(TENSORS))) {
            for (String name : weights.names()) {
                if (name.startsWith(prefix)) {
                    tensors.put(name.substring(prefix.length()), TensorReader.read(weights, name));
                }
            }
        }
        return tensors;
    }
}

package io.github.icthp.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.clip.ClipArchitecture;
import io.github.icthp.clip.ClipConfig;
import io.github.icthp.clip.ClipModel;
import io.github.icthp.clip.ClipSettings;
import io.github.icthp.clip.ClipVisionTower;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Torch;
import io.github.icthp.weights.OpenClipKeys;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.SafetensorsWriter;
import io.github.icthp.weights.TensorReader;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The CLIP model that training begins with, or a fixed one that it needs.
 *
 * @param weights a weights file, or a folder that holds one
 * @param settings its shape, image processing and tokenizer
 */
record BaseModel(Path weights, ClipSettings settings) {

    static BaseModel find(
            Path weights, Optional<Path> config, Optional<ClipArchitecture> architecture) {
        Path found = ClipSettings.weights(weights);
        return new BaseModel(found, ClipSettings.find(List.of(found), config, architecture));
    }

    ClipConfig config() {
        return settings.config();
    }

    /** Opens the weights under Hugging Face's names. */
    Weights open() {
        return OpenClipKeys.toHuggingFace(Weights.openModel(weights));
    }

    /** Loads both towers. */
    ClipModel load(Device device, DType type, Memory memory) {
        try (Weights open = open()) {
            return ClipModel.load(open, config(), device, type, memory);
        }
    }

    /**
     * A vision tower alone.
     *
     * @param tower the tower
     * @param parameters its parameters by name
     * @param memory owns them
     */
    record Vision(ClipVisionTower tower, Map<String, NDArray> parameters, NDManager memory) {}

    /** Loads the vision tower: in float32 what is trained, and the rest as it is computed with. */
    Vision loadVision(Device device, HpScope scope, DType frozen) {
        NDManager memory = Torch.manager(device);
        try (Weights open = open()) {
            Parameters all =
                    Parameters.load(
                            open,
                            memory,
                            name -> scope.trains(name, config()) ? DType.FLOAT32 : frozen,
                            Memory.OWNED);
            ClipVisionTower tower = new ClipVisionTower(all, config());
            all.ignore("text_model.").ignore("text_projection.").ignore("logit_scale");
            return new Vision(tower, all.finish(), memory);
        } catch (RuntimeException | Error e) {
            memory.close();
            throw e;
        }
    }

    /**
     * Writes the base's weights with some of them replaced; what old checkpoints carry beside them
     * is left out.
     */
    void writeWith(Path file, Map<String, NDArray> replaced) {
        try (Weights open = open()) {
            TensorScope.run(
                    Device.cpu(),
                    () -> {
                        Map<String, NDArray> all = new LinkedHashMap<>();
                        for (String name : open.names()) {
                            if (!name.endsWith(".position_ids")) {
                                NDArray trained = replaced.get(name);
                                all.put(
                                        name,
                                        trained == null ? TensorReader.read(open, name) : trained);
                            }
                        }
                        SafetensorsWriter.write(file, all, Map.of("format", "pt"));
                    });
        }
    }

    /**
     * Copies the files that say how the model is used, and writes those of shape and image
     * processing if there are none.
     */
    void writeSettings(Path folder) {
        settings.write(folder);
    }
}

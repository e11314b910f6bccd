package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import io.github.icthp.weights.SafetensorsWriter;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * HP in two folders: {@code hp_backbone}, a whole CLIP model as transformers' {@code
 * CLIPModel.from_pretrained} loads it, whose frozen weights are the base's, and {@code hp_scorer},
 * the head.
 */
record HpFiles(BaseModel base) implements ModelFiles {

    @Override
    public void write(Path folder, Map<String, NDArray> trained) {
        Path backbone = folder.resolve("hp_backbone");
        base.writeWith(backbone.resolve("model.safetensors"), below(HpScope.BACKBONE, trained));
        base.writeSettings(backbone);
        SafetensorsWriter.write(
                folder.resolve("hp_scorer").resolve("model.safetensors"),
                below(HpScope.HEAD, trained),
                Map.of("format", "pt"));
    }

    private static Map<String, NDArray> below(String prefix, Map<String, NDArray> trained) {
        Map<String, NDArray> found = new LinkedHashMap<>();
        trained.forEach(
                (name, tensor) -> {
                    if (name.startsWith(prefix)) {
                        found.put(name.substring(prefix.length()), tensor);
                    }
                });
        return found;
    }
}

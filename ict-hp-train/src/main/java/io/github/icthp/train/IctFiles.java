package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import io.github.icthp.weights.SafetensorsWriter;

import java.nio.file.Path;
import java.util.Map;

/** ICT as transformers' {@code CLIPModel.from_pretrained} loads it. */
record IctFiles(BaseModel base) implements ModelFiles {

    @Override
    public void write(Path folder, Map<String, NDArray> trained) {
        SafetensorsWriter.write(
                folder.resolve("model.safetensors"), trained, Map.of("format", "pt"));
        base.writeSettings(folder);
    }
}

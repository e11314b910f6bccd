package io.github.icthp.examples.testing;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.clip.ClipConfigFile;
import io.github.icthp.image.ImageConfig;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.weights.SafetensorsWriter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A tiny reward model of random weights, made when it is asked for. Its scores mean nothing. */
public final class SampleModel {

    private static final long SEED = 20251019;

    private SampleModel() {}

    /**
     * Writes random weights in the released layout, with a {@code base} folder beside them.
     *
     * @param folder where {@code ICT}, {@code HP} and {@code base} are made
     * @return the folder
     */
    public static Path write(Path folder) {
        TensorScope scope = TensorScope.open(Device.cpu());
        try (scope) {
            Files.createDirectories(folder.resolve("base"));
            Path config =
                    Files.writeString(folder.resolve("base/config.json"), SampleWeights.CONFIG);
            int side = ClipConfigFile.read(config).imageSize();
            Files.writeString(
                    folder.resolve("base/preprocessor_config.json"),
                    ImageConfig.square(side).toJson());
            save(folder.resolve("ICT"), SampleWeights.clip(SEED));
            save(folder.resolve("HP/hp_backbone"), SampleWeights.clip(SEED + 1));
            save(folder.resolve("HP/hp_scorer"), SampleWeights.head(SEED + 2));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException("SampleModel: cannot write to " + folder, e);
        }
    }

    private static void save(Path folder, Map<String, NDArray> tensors) {
        SafetensorsWriter.write(
                folder.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
    }
}

package io.github.icthp.examples;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;

import io.github.icthp.Precision;
import io.github.icthp.RewardModel;
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
        try (TensorScope scope = TensorScope.open(Device.cpu())) {
            assert scope == TensorScope.current();
            Files.createDirectories(folder.resolve("base"));
            Files.writeString(folder.resolve("base/config.json"), SampleWeights.CONFIG);
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

    /**
     * Makes and loads a model of ICT and HP.
     *
     * @return the model, to be closed; its files are deleted when the program ends
     */
    public static RewardModel open() {
        try {
            Path folder = Files.createTempDirectory("ict-hp-sample");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            write(folder);
            return RewardModel.combined()
                    .ict(folder)
                    .hp(folder)
                    .base(folder.resolve("base"))
                    .precision(Precision.FP32)
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException("SampleModel: no folder for temporary files", e);
        }
    }

    private static void delete(Path folder) {
        try {
            MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
        } catch (IOException e) {
            System.err.println("SampleModel: " + folder + " is left behind: " + e);
        }
    }
}

package io.github.icthp.examples.miniature;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.files.FolderFiles;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.MetricsFile;
import io.github.icthp.weights.SafetensorsWriter;
import io.github.icthp.weights.TensorReader;
import io.github.icthp.weights.Weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What of a pretraining run goes into the library: weights in bfloat16, record and losses. */
public final class PretrainedFiles {

    public static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

    private PretrainedFiles() {}

    public static Path write(Path run) {
        Path folder = run.resolve("miniature");
        try {
            FolderFiles.make(folder);
            weights(run.resolve("transformer"), folder.resolve(WEIGHTS));
            Files.copy(
                    run.resolve("run.json"),
                    folder.resolve("record.json"),
                    StandardCopyOption.REPLACE_EXISTING);
            Files.write(folder.resolve("losses.txt"), losses(run));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException("the pretrained files cannot be written", e);
        }
    }

    /** A line for each step, from the first. */
    private static List<String> losses(Path run) {
        return MetricsFile.read(run.resolve("metrics.jsonl")).stream()
                .filter(metrics -> metrics.phase().equals(Metrics.TRAIN))
                .map(m -> String.format(Locale.ROOT, "%.5f", m.values().get("loss")))
                .toList();
    }

    private static void weights(Path from, Path file) {
        TensorScope scope = TensorScope.open(Device.cpu());
        try (scope;
                Weights weights = Weights.open(from)) {
            Map<String, NDArray> halved = new LinkedHashMap<>();
            for (String name : weights.names()) {
                NDArray tensor = TensorReader.read(weights, name);
                halved.put(
                        name,
                        Autograd.in(Mode.NO_GRADIENT, () -> Tensors.cast(tensor, DType.BFLOAT16)));
            }
            SafetensorsWriter.write(file, halved, Map.of("format", "pt"));
        }
    }
}

package io.github.icthp.train;

import io.github.icthp.clip.ClipSettings;
import io.github.icthp.weights.OpenClipKeys;
import io.github.icthp.weights.PytorchWriter;
import io.github.icthp.weights.SafetensorsWriter;
import io.github.icthp.weights.Weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The layout in which the authors released their weights, {@code ICT/pytorch_model.bin}, {@code
 * HP/hp_backbone/pytorch_model.bin} and {@code HP/hp_scorer/mlp_pytorch_model.bin}, and Hugging
 * Face's. The files of shape, image processing and tokenizer go along with the weights, from
 * wherever scoring would find them; open_clip's are rewritten as transformers reads them.
 */
public final class ReleasedLayout {

    private static final String BACKBONE = "hp_backbone";
    private static final String SCORER = "hp_scorer";
    private static final String OPEN_CLIP = "open_clip_";
    private static final String TORCH = "pytorch_model.bin";
    private static final String SAFETENSORS = "model.safetensors";

    private ReleasedLayout() {}

    /**
     * Writes a trained model as the authors' evaluation loads it.
     *
     * @param model a folder of ICT's weights, or one with {@code hp_backbone} and {@code hp_scorer}
     * @param output the root of the released layout, to which ICT and HP can be exported one after
     *     the other; made if it is not there
     * @return the folder {@code ICT} or {@code HP} in it
     * @throws UncheckedIOException if the weights cannot be read or written
     */
    public static Path export(Path model, Path output) {
        if (!isHp(model)) {
            Path ict = output.resolve("ICT");
            clip(model, List.of(), ict, TORCH);
            return ict;
        }
        Path hp = output.resolve("HP");
        clip(model.resolve(BACKBONE), List.of(model), hp.resolve(BACKBONE), TORCH);
        try (Weights head = Weights.openModel(head(model.resolve(SCORER)))) {
            PytorchWriter.write(hp.resolve(SCORER).resolve("mlp_" + TORCH), head);
        }
        return hp;
    }

    /**
     * Writes a model as transformers' {@code CLIPModel.from_pretrained} loads it, from the released
     * layout for example: ICT as one folder, HP as {@code hp_backbone} and {@code hp_scorer}.
     *
     * @param model a folder of ICT's weights, or one with {@code hp_backbone} and {@code hp_scorer}
     * @param output where to; made if it is not there
     * @return the folder
     * @throws UncheckedIOException if the weights cannot be read or written
     */
    public static Path toHuggingFace(Path model, Path output) {
        if (!isHp(model)) {
            clip(model, List.of(), output, SAFETENSORS);
            return output;
        }
        clip(model.resolve(BACKBONE), List.of(model), output.resolve(BACKBONE), SAFETENSORS);
        try (Weights head = Weights.openModel(head(model.resolve(SCORER)))) {
            SafetensorsWriter.write(output.resolve(SCORER).resolve(SAFETENSORS), head);
        }
        return output;
    }

    private static boolean isHp(Path model) {
        return Files.isDirectory(model.resolve(BACKBONE));
    }

    private static Path head(Path scorer) {
        Path released = scorer.resolve("mlp_" + TORCH);
        return Files.exists(released) ? released : scorer;
    }

    private static void clip(Path model, List<Path> around, Path to, String name) {
        Path from = ClipSettings.weights(model);
        Optional<ClipSettings> stated =
                ClipSettings.stated(Stream.concat(Stream.of(from), around.stream()).toList());
        try (Weights weights = OpenClipKeys.toHuggingFace(Weights.openModel(from))) {
            if (name.equals(TORCH)) {
                PytorchWriter.write(to.resolve(name), weights);
            } else {
                SafetensorsWriter.write(to.resolve(name), weights);
            }
        }
        try {
            for (Path file : settings(model)) {
                Files.copy(
                        file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the settings in " + model + " cannot be copied", e);
        }
        stated.ifPresent(settings -> settings.write(to));
    }

    /** Small files beside the weights: JSON and the tokenizer's merges. */
    private static List<Path> settings(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(ReleasedLayout::isSetting).toList();
        }
    }

    private static boolean isSetting(Path file) {
        String name = file.getFileName().toString();
        return (name.endsWith(".json") && !name.contains(".index.") && !name.startsWith(OPEN_CLIP))
                || name.equals("merges.txt");
    }
}

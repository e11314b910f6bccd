package io.github.icthp.examples.world;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import io.github.icthp.files.FolderFiles;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
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
import java.util.Map;
import java.util.function.Predicate;

/**
 * The miniature models as they ship: weights in bf16, HP without the text tower that it never
 * reads, one copy of the settings, and a record of how they were made.
 */
final class MiniatureFiles {

    /** How many of a run's first losses are recorded, for a test to follow. */
    private static final int FIRST_LOSSES = 5;

    private static final String WEIGHTS = "model.safetensors";
    private static final List<String> SETTINGS =
            List.of(
                    "config.json",
                    "preprocessor_config.json",
                    "tokenizer.json",
                    "tokenizer_config.json");
    private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();

    private MiniatureFiles() {}

    /**
     * Packs the models of a training.
     *
     * @param runs holds the finished runs {@code clip}, {@code ict} and {@code hp}
     * @param target where to
     */
    static void pack(Path runs, Path target) {
        try {
            Path base = FolderFiles.make(target.resolve("base"));
            for (String file : SETTINGS) {
                Files.copy(
                        runs.resolve("clip/last").resolve(file),
                        base.resolve(file),
                        StandardCopyOption.REPLACE_EXISTING);
            }
            shrink(runs.resolve("clip/last"), base, name -> true);
            shrink(runs.resolve("ict/last"), target.resolve("ICT"), name -> true);
            shrink(
                    runs.resolve("hp/last/hp_backbone"),
                    target.resolve("HP/hp_backbone"),
                    name -> name.startsWith("vis"));
            shrink(runs.resolve("hp/last/hp_scorer"), target.resolve("HP/hp_scorer"), name -> true);
            Files.writeString(base.resolve("record.json"), GSON.toJson(record(runs)) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException("the miniature models cannot be packed", e);
        }
    }

    private static void shrink(Path from, Path to, Predicate<String> kept) throws IOException {
        FolderFiles.make(to);
        TensorScope scope = TensorScope.open(Device.cpu());
        try (scope;
                Weights weights = Weights.open(from)) {
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            for (String name : weights.names()) {
                if (kept.test(name)) {
                    tensors.put(
                            name, Tensors.cast(TensorReader.read(weights, name), DType.BFLOAT16));
                }
            }
            SafetensorsWriter.write(to.resolve(WEIGHTS), tensors, Map.of("format", "pt"));
        }
    }

    private static JsonObject record(Path runs) throws IOException {
        JsonObject all = new JsonObject();
        for (String run : List.of("clip", "ict", "hp")) {
            Path folder = runs.resolve(run);
            JsonObject record =
                    JsonParser.parseString(Files.readString(folder.resolve("run.json")))
                            .getAsJsonObject();
            addCurve(folder, record);
            all.add(run, record);
        }
        return all;
    }

    /** Adds the first losses, and the seconds that all steps took. */
    private static void addCurve(Path folder, JsonObject record) throws IOException {
        JsonArray losses = new JsonArray();
        double seconds = 0;
        for (String line : Files.readAllLines(folder.resolve("metrics.jsonl"))) {
            JsonObject metrics = JsonParser.parseString(line).getAsJsonObject();
            if (metrics.has("seconds")) {
                seconds += metrics.get("seconds").getAsDouble();
                if (losses.size() < FIRST_LOSSES) {
                    losses.add(metrics.get("loss").getAsDouble());
                }
            }
        }
        record.add("first_losses", losses);
        record.addProperty("seconds", Math.round(seconds));
    }
}

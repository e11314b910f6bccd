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

    static final String BASE = "base";

    private static final String CLIP = "clip";
    private static final String RECORD = "record.json";
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
     * Packs a trained CLIP.
     *
     * @param run the finished run
     * @param target where to
     */
    static void packClip(Path run, Path target) {
        try {
            Path from = run.resolve("last");
            Path base = takeSettings(from, target, record(run));
            shrink(from, base, name -> true);
        } catch (IOException e) {
            throw failure("CLIP", run, e);
        }
    }

    /**
     * Takes a CLIP that was packed before.
     *
     * @param packed its folder
     * @param target where to
     */
    static void takeClip(Path packed, Path target) {
        try {
            JsonObject record = read(packed.resolve(RECORD)).getAsJsonObject(CLIP);
            copy(WEIGHTS, packed, takeSettings(packed, target, record));
        } catch (IOException e) {
            throw failure("CLIP", packed, e);
        }
    }

    private static Path takeSettings(Path from, Path target, JsonObject record) throws IOException {
        Path base = FolderFiles.make(target.resolve(BASE));
        for (String file : SETTINGS) {
            copy(file, from, base);
        }
        JsonObject all = new JsonObject();
        all.add(CLIP, record);
        write(base.resolve(RECORD), all);
        return base;
    }

    private static void copy(String file, Path from, Path to) throws IOException {
        Files.copy(from.resolve(file), to.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }

    /**
     * Packs ICT and HP beside their CLIP.
     *
     * @param runs holds the finished runs {@code ict} and {@code hp}
     * @param target where to, with the CLIP that both began with
     */
    static void packRewards(Path runs, Path target) {
        try {
            shrink(runs.resolve("ict/last"), target.resolve("ICT"), name -> true);
            shrink(
                    runs.resolve("hp/last/hp_backbone"),
                    target.resolve("HP/hp_backbone"),
                    name -> name.startsWith("vis"));
            shrink(runs.resolve("hp/last/hp_scorer"), target.resolve("HP/hp_scorer"), name -> true);
            Path file = target.resolve(BASE).resolve(RECORD);
            JsonObject all = read(file);
            for (String run : List.of("ict", "hp")) {
                all.add(run, record(runs.resolve(run)));
            }
            write(file, all);
        } catch (IOException e) {
            throw failure("ICT and HP", runs, e);
        }
    }

    private static UncheckedIOException failure(String what, Path from, IOException e) {
        return new UncheckedIOException(
                "MiniatureFiles: " + what + " of " + from + " cannot be packed", e);
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

    private static JsonObject record(Path run) throws IOException {
        JsonObject record = read(run.resolve("run.json"));
        addCurve(run, record);
        return record;
    }

    private static JsonObject read(Path file) throws IOException {
        return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    }

    private static void write(Path file, JsonObject json) throws IOException {
        Files.writeString(file, GSON.toJson(json) + "\n");
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

package io.github.icthp.training;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import java.util.Map;

/**
 * Settings as earlier versions recorded them, in the words of today: runs of DRaFT-K and of flow
 * matching spoke of {@code optimization}, {@code iterations} and {@code guards}.
 */
final class PastRecord {

    private static final Map<String, String> RENAMED =
            Map.of(
                    "iterations",
                    "steps",
                    "batch",
                    "batchSize",
                    "rate",
                    "schedule",
                    "maxNorm",
                    "maxGradientNorm");

    private PastRecord() {}

    /** Returns the settings of a record that may be of an earlier version. */
    static JsonObject config(RunRecord record) {
        JsonObject config = record.config().deepCopy();
        if (config.remove("optimisation") instanceof JsonObject past) {
            JsonObject optimizer = new JsonObject();
            past.entrySet()
                    .forEach(
                            e ->
                                    optimizer.add(
                                            RENAMED.getOrDefault(e.getKey(), e.getKey()),
                                            e.getValue()));
            config.add("optimizer", optimizer);
            complete(optimizer, record.kind().equals("flow-matching"));
        } else if (config.get("optimizer") instanceof JsonObject optimizer) {
            complete(optimizer, false);
        }
        lift(
                config,
                "guards",
                Map.of("drift", "drift", "evaluateEvery", "evaluateEvery", "patience", "patience"));
        lift(
                config,
                "saving",
                Map.of("evaluateEvery", "evaluateEvery", "pictures", "heldOutPictures"));
        return config;
    }

    /** Adds what runs of every kind have today. */
    private static void complete(JsonObject optimizer, boolean averageWarmUp) {
        if (!optimizer.has("accumulation")) {
            optimizer.addProperty("accumulation", 1);
        }
        if (!optimizer.has("average")) {
            optimizer.addProperty("average", 0.0);
        }
        if (!optimizer.has("averageWarmUp")) {
            optimizer.addProperty("averageWarmUp", averageWarmUp);
        }
    }

    private static void lift(JsonObject config, String group, Map<String, String> names) {
        if (config.remove(group) instanceof JsonObject past) {
            names.forEach(
                    (old, name) -> {
                        JsonElement value = past.get(old);
                        if (value != null) {
                            config.add(name, value);
                        }
                    });
        }
    }
}

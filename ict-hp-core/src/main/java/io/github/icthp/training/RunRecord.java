package io.github.icthp.training;

import com.google.common.collect.Maps;
import com.google.common.hash.Hashing;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSerializer;

import io.github.icthp.torch.Torch;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * How a run is made: enough to make it again.
 *
 * @param kind what is trained, for example {@code ict}
 * @param seed the run's seed
 * @param config every setting, as JSON
 * @param weights SHA-256 of every weights file that the run began with, by its role
 * @param versions versions of the library, Java and PyTorch, and the operating system
 * @param device where it runs, and with how many threads
 * @param assumptions what no file said of the weights and was assumed, by their role
 */
public record RunRecord(
        String kind,
        long seed,
        JsonObject config,
        Map<String, String> weights,
        Map<String, String> versions,
        String device,
        Map<String, String> assumptions) {

    private static final Gson PRETTY =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    /** JSON has no infinity: such a limit is none. */
    private static final JsonSerializer<Double> LIMIT =
            (value, type, context) ->
                    value.isInfinite() ? new JsonPrimitive("none") : new JsonPrimitive(value);

    private static final Gson SETTINGS =
            new GsonBuilder()
                    .registerTypeAdapter(double.class, LIMIT)
                    .registerTypeAdapter(Double.class, LIMIT)
                    .create();

    /**
     * Copies the maps.
     *
     * @param kind what is trained
     * @param seed the run's seed
     * @param config every setting, as JSON
     * @param weights SHA-256 of every weights file that the run began with, by its role
     * @param versions versions of the library, Java and PyTorch, and the operating system
     * @param device where it runs, and with how many threads
     * @param assumptions what was assumed of the weights, by their role
     */
    public RunRecord {
        assumptions = Map.copyOf(assumptions);
        config = config.deepCopy();
        weights = Map.copyOf(weights);
        versions = Map.copyOf(versions);
    }

    /**
     * Makes the record of a run that is about to begin on this machine.
     *
     * @param kind what is trained
     * @param seed the run's seed
     * @param config the settings: a record, or any object that Gson can write
     * @param weights SHA-256 of every weights file by its role, see {@link WeightHashes}
     * @param device where the run computes
     * @return the record
     */
    public static RunRecord of(
            String kind,
            long seed,
            Object config,
            Map<String, String> weights,
            ai.djl.Device device) {
        return new RunRecord(
                kind,
                seed,
                settings(config),
                weights,
                Versions.all(),
                device + ", " + Torch.threads() + " threads",
                Map.of());
    }

    /**
     * Returns the same record with what was assumed of the weights, which no resumed run need
     * share.
     *
     * @param found what no file said, in a sentence, by the role of the weights; empty sentences
     *     are left out
     * @return the record
     */
    public RunRecord withAssumptions(Map<String, String> found) {
        Map<String, String> known = Maps.filterValues(found, sentence -> !sentence.isEmpty());
        return new RunRecord(kind, seed, config, weights, versions, device, known);
    }

    /**
     * Returns settings as a record keeps them.
     *
     * @param config a record, or any object that Gson can write; numbers in it may be infinite
     * @return the settings as JSON, to which a run may add
     */
    public static JsonObject settings(Object config) {
        return config instanceof JsonObject json
                ? json
                : SETTINGS.toJsonTree(config).getAsJsonObject();
    }

    /**
     * Returns a hash of what a resumed run must share with this one: kind, seed, settings and
     * weights.
     *
     * @return the SHA-256 in hexadecimal
     */
    public String configHash() {
        return Hashing.sha256()
                .hashString(String.valueOf(identity(config, true)), StandardCharsets.UTF_8)
                .toString();
    }

    /** What a resumed run must share, flat and in a fixed order. */
    Map<String, String> identity(JsonObject settings, boolean withWeights) {
        Map<String, String> flat = new TreeMap<>();
        flat.put("kind", kind);
        flat.put("seed", Long.toString(seed));
        flatten("config", settings, flat);
        if (withWeights) {
            weights.forEach((role, hash) -> flat.put("weights." + role, hash));
        }
        return flat;
    }

    /**
     * Returns the record as JSON.
     *
     * @return all of it, for people and programs
     */
    public String toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("kind", kind);
        json.addProperty("seed", seed);
        json.addProperty("config_sha256", configHash());
        json.add("config", config);
        json.add("weights", PRETTY.toJsonTree(new TreeMap<>(weights)));
        json.add("versions", PRETTY.toJsonTree(new TreeMap<>(versions)));
        json.addProperty("device", device);
        if (!assumptions.isEmpty()) {
            json.add("assumptions", PRETTY.toJsonTree(new TreeMap<>(assumptions)));
        }
        return PRETTY.toJson(json) + "\n";
    }

    /**
     * Reads what {@link #toJson} returned.
     *
     * @param json the record as JSON
     * @return the record
     */
    public static RunRecord fromJson(String json) {
        JsonObject object = PRETTY.fromJson(json, JsonObject.class);
        return new RunRecord(
                object.get("kind").getAsString(),
                object.get("seed").getAsLong(),
                object.getAsJsonObject("config"),
                strings(object.getAsJsonObject("weights")),
                strings(object.getAsJsonObject("versions")),
                object.get("device").getAsString(),
                object.has("assumptions")
                        ? strings(object.getAsJsonObject("assumptions"))
                        : Map.of());
    }

    private static Map<String, String> strings(JsonObject object) {
        Map<String, String> strings = new TreeMap<>();
        object.entrySet().forEach(e -> strings.put(e.getKey(), e.getValue().getAsString()));
        return strings;
    }

    private static void flatten(String path, JsonElement json, Map<String, String> flat) {
        if (json.isJsonObject()) {
            json.getAsJsonObject()
                    .entrySet()
                    .forEach(e -> flatten(path + "." + e.getKey(), e.getValue(), flat));
        } else {
            flat.put(path, json.toString());
        }
    }
}

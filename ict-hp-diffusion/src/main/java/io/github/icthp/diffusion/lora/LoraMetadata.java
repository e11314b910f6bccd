package io.github.icthp.diffusion.lora;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import io.github.icthp.weights.JsonProblem;
import io.github.icthp.weights.WeightsFormatException;

import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * PEFT's configuration of an adapter, as it lies in diffusers' header entry or in {@code
 * adapter_config.json}: alphas and ranks for all layers, and other ones for layers that a pattern
 * names.
 */
final class LoraMetadata {

    /** The entry of a safetensors header in which diffusers keeps it. */
    static final String HEADER = "lora_adapter_metadata";

    static final String TRANSFORMER = "transformer.";

    private final JsonObject config;
    private final String source;

    private LoraMetadata(JsonObject config, String source) {
        this.config = config;
        this.source = source;
    }

    /** Reads diffusers' header entry, in which every key has the component's name before it. */
    static LoraMetadata ofHeader(String json, String source) {
        JsonObject stripped = new JsonObject();
        for (Map.Entry<String, JsonElement> entry : object(json, source).entrySet()) {
            if (entry.getKey().startsWith(TRANSFORMER)) {
                stripped.add(entry.getKey().substring(TRANSFORMER.length()), entry.getValue());
            }
        }
        return new LoraMetadata(stripped, source);
    }

    /** Reads PEFT's adapter_config.json. */
    static LoraMetadata ofPeft(String json, String source) {
        return new LoraMetadata(object(json, source), source);
    }

    private static JsonObject object(String json, String source) {
        try {
            return JsonParser.parseString(json).getAsJsonObject();
        } catch (JsonParseException | IllegalStateException e) {
            throw new WeightsFormatException(
                    source
                            + ": the adapter's configuration is no JSON object: "
                            + JsonProblem.of(e),
                    e);
        }
    }

    /** Returns the alpha by which PEFT scales a layer of some rank; empty if none is given. */
    OptionalDouble alpha(String path, long rank) {
        JsonElement general = config.get("lora_alpha");
        if (general == null || general.isJsonNull()) {
            return OptionalDouble.empty();
        }
        refuse("use_dora", "DoRA's magnitudes");
        try {
            double alpha = pattern("alpha_pattern", path, general.getAsDouble());
            JsonElement stabilised = config.get("use_rslora");
            boolean root = stabilised != null && stabilised.getAsBoolean();
            return OptionalDouble.of(root ? alpha * Math.sqrt((double) rank) : alpha);
        } catch (IllegalStateException | NumberFormatException | UnsupportedOperationException e) {
            throw new WeightsFormatException(
                    source + ": the adapter's alphas are no numbers: " + e.getMessage(), e);
        }
    }

    private void refuse(String flag, String what) {
        JsonElement value = config.get(flag);
        if (value != null && !value.isJsonNull() && value.getAsBoolean()) {
            throw new WeightsFormatException(
                    source
                            + ": the adapter uses "
                            + what
                            + " ("
                            + flag
                            + "), which is not supported");
        }
    }

    /** A pattern's key matches a path that it is, or that ends with it after a dot. */
    private double pattern(String key, String path, double otherwise) {
        JsonElement patterns = config.get(key);
        if (patterns == null || patterns.isJsonNull()) {
            return otherwise;
        }
        for (Map.Entry<String, JsonElement> entry : patterns.getAsJsonObject().entrySet()) {
            if (Pattern.matches("(.*\\.)?(" + entry.getKey() + ")", path)) {
                return entry.getValue().getAsDouble();
            }
        }
        return otherwise;
    }

    /** Describes adapters as PEFT does: the commonest rank and alpha, and patterns for others. */
    static JsonObject describe(Map<String, LinearAdapter> adapters) {
        Map<String, Double> ranks = new TreeMap<>();
        Map<String, Double> alphas = new TreeMap<>();
        adapters.forEach(
                (path, adapter) -> {
                    ranks.put(path, (double) adapter.rank());
                    alphas.put(path, adapter.scale() * adapter.rank());
                });
        JsonObject config = new JsonObject();
        config.addProperty("peft_type", "LORA");
        config.addProperty("bias", "none");
        config.addProperty("use_dora", false);
        config.addProperty("use_rslora", false);
        config.addProperty("lora_dropout", 0.0);
        JsonArray targets = new JsonArray();
        ranks.keySet().forEach(targets::add);
        config.add("target_modules", targets);
        addWithPattern(config, "r", "rank_pattern", ranks);
        addWithPattern(config, "lora_alpha", "alpha_pattern", alphas);
        return config;
    }

    /** Returns a header entry's JSON: the configuration with the component's name in its keys. */
    static String headerOf(JsonObject config) {
        JsonObject prefixed = new JsonObject();
        config.entrySet().forEach(e -> prefixed.add(TRANSFORMER + e.getKey(), e.getValue()));
        return prefixed.toString();
    }

    private static void addWithPattern(
            JsonObject config, String key, String patternKey, Map<String, Double> values) {
        double commonest = commonest(values);
        JsonObject pattern = new JsonObject();
        values.forEach(
                (path, value) -> {
                    if (value != commonest) {
                        pattern.addProperty(path, plain(value));
                    }
                });
        config.addProperty(key, plain(commonest));
        config.add(patternKey, pattern);
    }

    private static double commonest(Map<String, Double> values) {
        Map<Double, Integer> counts = new TreeMap<>();
        values.values().forEach(value -> counts.merge(value, 1, Integer::sum));
        return counts.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
    }

    /** PEFT asks for integers where a value is one. */
    private static Number plain(double value) {
        return value == Math.rint(value) ? (Number) (long) value : (Number) value;
    }
}

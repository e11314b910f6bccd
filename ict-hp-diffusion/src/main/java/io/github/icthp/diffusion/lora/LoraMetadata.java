package io.github.icthp.diffusion.lora;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import io.github.icthp.diffusion.model.LinearAdapter;
import io.github.icthp.weights.JsonProblem;
import io.github.icthp.weights.WeightsFormatException;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * PEFT's configuration of an adapter, as it lies in diffusers' header entry or in {@code
 * adapter_config.json}: alphas and ranks for all layers, and other ones for layers that a pattern
 * names.
 */
final class LoraMetadata {

    /** The entry of a safetensors header in which diffusers keeps it. */
    static final String HEADER = "lora_adapter_metadata";

    private final JsonObject config;
    private final String source;

    /** Whether every key has the component's name before it. */
    private final boolean prefixed;

    private LoraMetadata(JsonObject config, String source, boolean prefixed) {
        this.config = config;
        this.source = source;
        this.prefixed = prefixed;
    }

    /**
     * Reads diffusers' header entry, in which every key has the component's name before it, unless
     * the file was written by a single model's {@code save_lora_adapter}.
     */
    static LoraMetadata ofHeader(String json, String source) {
        JsonObject config = object(json, source);
        boolean prefixed =
                config.keySet().stream()
                        .anyMatch(
                                key ->
                                        key.startsWith(ModuleName.TRANSFORMER)
                                                || key.startsWith(ModuleName.UNET + ".")
                                                || key.startsWith(ModuleName.TEXT_ENCODER));
        return new LoraMetadata(config, source, prefixed);
    }

    /** Reads PEFT's adapter_config.json. */
    static LoraMetadata ofPeft(String json, String source) {
        return new LoraMetadata(object(json, source), source, false);
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

    private Optional<JsonElement> value(ModuleName module, String key) {
        JsonElement value = config.get(prefixed ? module.component() + "." + key : key);
        if (value == null && prefixed && module.component().equals(ModuleName.TRANSFORMER)) {
            value = config.get(ModuleName.UNET + "." + key);
        }
        return Optional.ofNullable(value).filter(v -> !v.isJsonNull());
    }

    private boolean flag(ModuleName module, String key) {
        return value(module, key).map(JsonElement::getAsBoolean).orElse(false);
    }

    /** Returns the alpha by which PEFT scales a layer of some rank; empty if none is given. */
    OptionalDouble alpha(ModuleName module, long rank) {
        Optional<JsonElement> general = value(module, "lora_alpha");
        if (general.isEmpty()) {
            return OptionalDouble.empty();
        }
        try {
            double alpha = pattern("alpha_pattern", module).orElse(general.get()).getAsDouble();
            boolean root = flag(module, "use_rslora");
            return OptionalDouble.of(root ? alpha * Math.sqrt((double) rank) : alpha);
        } catch (IllegalStateException | NumberFormatException | UnsupportedOperationException e) {
            throw new WeightsFormatException(
                    source + ": the adapter's alphas are not numbers: " + e.getMessage(), e);
        }
    }

    /** Says whether every adapter has DoRA's magnitudes. */
    boolean usesDora(ModuleName module) {
        return flag(module, "use_dora");
    }

    /**
     * Finds a layer's entry as PEFT's get_pattern_key does: a key is a regular expression for the
     * whole of the layer's path inside the model, or for what follows one of its dots; the first
     * that matches counts.
     */
    private Optional<JsonElement> pattern(String key, ModuleName module) {
        return value(module, key).stream()
                .flatMap(patterns -> patterns.getAsJsonObject().entrySet().stream())
                .filter(entry -> compile(key, entry.getKey()).matcher(module.path()).matches())
                .map(Map.Entry::getValue)
                .findFirst();
    }

    private Pattern compile(String key, String pattern) {
        try {
            // Python writes (?P<name>...) for named groups.
            return Pattern.compile("(.*\\.)?(" + pattern.replace("(?P<", "(?<") + ")");
        } catch (PatternSyntaxException e) {
            throw new WeightsFormatException(
                    String.format(
                            Locale.ROOT,
                            "%s: '%s' in the adapter's %s is not a regular expression: %s",
                            source,
                            pattern,
                            key,
                            e.getMessage()),
                    e);
        }
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
        config.addProperty("use_dora", any(adapters, LinearAdapter::magnitude));
        config.addProperty("lora_bias", any(adapters, LinearAdapter::bias));
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
    static String headerOf(String component, JsonObject config) {
        JsonObject prefixed = new JsonObject();
        config.entrySet().forEach(e -> prefixed.add(component + "." + e.getKey(), e.getValue()));
        return prefixed.toString();
    }

    private static boolean any(
            Map<String, LinearAdapter> adapters, Function<LinearAdapter, Optional<NDArray>> extra) {
        return adapters.values().stream().anyMatch(a -> extra.apply(a).isPresent());
    }

    private static void addWithPattern(
            JsonObject config, String key, String patternKey, Map<String, Double> values) {
        double commonest = commonest(values);
        JsonObject pattern = new JsonObject();
        values.forEach(
                (path, value) -> {
                    if (value != commonest) {
                        // Without the anchor, proj_out would match all that ends with it, too.
                        pattern.addProperty("^" + path, plain(value));
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

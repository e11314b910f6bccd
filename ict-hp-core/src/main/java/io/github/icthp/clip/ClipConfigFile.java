package io.github.icthp.clip;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import io.github.icthp.weights.JsonProblem;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * Reads and writes a {@code config.json} of a CLIP model as transformers writes it: what is left
 * out takes that library's default, and the older {@code text_config_dict} and {@code
 * vision_config_dict} win over {@code text_config} and {@code vision_config}.
 */
public final class ClipConfigFile {

    private static final JsonObject TEXT_DEFAULTS =
            object(
                    """
                    {"vocab_size": 49408, "hidden_size": 512, "intermediate_size": 2048,
                     "num_hidden_layers": 12, "num_attention_heads": 8,
                     "max_position_embeddings": 77, "hidden_act": "quick_gelu",
                     "layer_norm_eps": 1e-5, "eos_token_id": 49407}""");
    private static final JsonObject VISION_DEFAULTS =
            object(
                    """
                    {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12,
                     "num_attention_heads": 12, "num_channels": 3, "image_size": 224,
                     "patch_size": 32, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-5}""");
    private static final List<String> MARKS =
            List.of(
                    "model_type",
                    "architectures",
                    "text_config",
                    "vision_config",
                    "text_config_dict",
                    "vision_config_dict");
    private static final String VISION_TOWER = "clip_vision_model";
    private static final int DEFAULT_PROJECTION = 512;

    private ClipConfigFile() {}

    /**
     * Reads a configuration.
     *
     * @param file a {@code config.json}
     * @return what it says
     * @throws IllegalArgumentException if it is no configuration of a CLIP model
     * @throws UncheckedIOException if the file cannot be read
     */
    public static ClipConfig read(Path file) {
        return read(file, ClipConfigFile::parse);
    }

    /** Says whether a file describes a vision tower that was saved alone. */
    static boolean isOfAVisionTower(Path file) {
        return read(
                file,
                json ->
                        json.has("model_type")
                                && json.get("model_type").getAsString().equals(VISION_TOWER));
    }

    /** Reads a vision tower that was saved alone; its text tower is transformers' default. */
    static ClipConfig readVision(Path file) {
        return read(
                file,
                json -> {
                    JsonObject vision = VISION_DEFAULTS.deepCopy();
                    merge(json, vision);
                    return config(TEXT_DEFAULTS, vision, projection(json));
                });
    }

    private static <T> T read(Path file, Function<JsonObject, T> reader) {
        try {
            return reader.apply(object(Files.readString(file)));
        } catch (IOException e) {
            throw new UncheckedIOException("ClipConfigFile: cannot read " + file, e);
        } catch (JsonParseException
                | IllegalStateException
                | ClassCastException
                | UnsupportedOperationException
                | NumberFormatException e) {
            throw new IllegalArgumentException(
                    "ClipConfigFile: " + file + " is not a CLIP config.json: " + JsonProblem.of(e),
                    e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Writes a configuration as transformers reads it.
     *
     * @param config a model's shape
     * @return the content of its {@code config.json}
     */
    public static String json(ClipConfig config) {
        JsonObject text = json(config.text());
        text.addProperty("vocab_size", config.vocabulary());
        text.addProperty("max_position_embeddings", config.positions());
        text.addProperty("eos_token_id", config.endToken());
        JsonObject vision = json(config.vision());
        vision.addProperty("image_size", config.imageSize());
        vision.addProperty("patch_size", config.patchSize());
        text.addProperty("projection_dim", config.projection());
        vision.addProperty("projection_dim", config.projection());
        JsonObject json = new JsonObject();
        JsonArray architectures = new JsonArray();
        architectures.add("CLIPModel");
        json.add("architectures", architectures);
        json.addProperty("model_type", "clip");
        json.addProperty("projection_dim", config.projection());
        json.add("text_config", text);
        json.add("vision_config", vision);
        return new GsonBuilder().setPrettyPrinting().create().toJson(json) + "\n";
    }

    private static JsonObject json(EncoderConfig encoder) {
        JsonObject json = new JsonObject();
        json.addProperty("hidden_size", encoder.width());
        json.addProperty("intermediate_size", encoder.mlpWidth());
        json.addProperty("num_hidden_layers", encoder.layers());
        json.addProperty("num_attention_heads", encoder.heads());
        json.addProperty("hidden_act", encoder.activation().text());
        json.addProperty("layer_norm_eps", encoder.layerNormEps());
        return json;
    }

    /** Returns whether a file is of a model of transformers, and not of another library. */
    static boolean isOfAModel(Path file) {
        try {
            return isOfAModel(object(Files.readString(file)));
        } catch (IOException | JsonParseException | IllegalStateException e) {
            return true; // and reading it will say what is wrong
        }
    }

    private static boolean isOfAModel(JsonObject json) {
        return MARKS.stream().anyMatch(json::has);
    }

    private static ClipConfig parse(JsonObject json) {
        if (!isOfAModel(json)) {
            throw new IllegalArgumentException(
                    "no configuration of a CLIP model: expected one of "
                            + MARKS
                            + ", got "
                            + json.keySet());
        }
        JsonElement type = json.get("model_type");
        if (type != null && !type.getAsString().equals("clip")) {
            throw new IllegalArgumentException(
                    "expected model_type clip, got " + type.getAsString());
        }
        JsonObject text = section(json, "text_config", TEXT_DEFAULTS);
        JsonObject vision = section(json, "vision_config", VISION_DEFAULTS);
        return config(text, vision, projection(json));
    }

    private static int projection(JsonObject json) {
        return json.has("projection_dim")
                ? json.get("projection_dim").getAsInt()
                : DEFAULT_PROJECTION;
    }

    private static ClipConfig config(JsonObject text, JsonObject vision, int projection) {
        if (vision.get("num_channels").getAsInt() != 3) {
            throw new IllegalArgumentException(
                    "expected 3 channels, got " + vision.get("num_channels"));
        }
        return new ClipConfig(
                encoder(text),
                text.get("vocab_size").getAsInt(),
                text.get("max_position_embeddings").getAsInt(),
                text.get("eos_token_id").getAsInt(),
                encoder(vision),
                vision.get("image_size").getAsInt(),
                vision.get("patch_size").getAsInt(),
                projection);
    }

    private static EncoderConfig encoder(JsonObject json) {
        return new EncoderConfig(
                json.get("hidden_size").getAsInt(),
                json.get("intermediate_size").getAsInt(),
                json.get("num_hidden_layers").getAsInt(),
                json.get("num_attention_heads").getAsInt(),
                Activation.of(json.get("hidden_act").getAsString()),
                json.get("layer_norm_eps").getAsDouble());
    }

    private static JsonObject section(JsonObject json, String name, JsonObject defaults) {
        JsonObject merged = defaults.deepCopy();
        merge(json.get(name), merged);
        merge(json.get(name + "_dict"), merged);
        return merged;
    }

    private static void merge(JsonElement from, JsonObject into) {
        if (from != null && from.isJsonObject()) {
            from.getAsJsonObject()
                    .entrySet()
                    .forEach(
                            entry -> {
                                if (!entry.getValue().isJsonNull()) {
                                    into.add(entry.getKey(), entry.getValue());
                                }
                            });
        }
    }

    private static JsonObject object(String json) {
        return JsonParser.parseString(json).getAsJsonObject();
    }
}

package io.github.icthp.blip;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import io.github.icthp.clip.Activation;
import io.github.icthp.clip.EncoderConfig;
import io.github.icthp.weights.ConfigFile;
import io.github.icthp.weights.WeightsFormatException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * Reads the configurations of BLIP models: transformers' {@code config.json}, and the {@code
 * med_config.json} of the authors and of ImageReward.
 *
 * <p>What a file leaves out takes the default of the library that wrote it, except the number of
 * the text encoder's attention heads: transformers' default of 8 is that of no released network.
 */
final class BlipConfigFile {

    private static final String HEADS = "num_attention_heads";

    private BlipConfigFile() {}

    /**
     * Reads transformers' configuration.
     *
     * @param file the {@code config.json} of a {@code BlipForImageTextRetrieval}
     * @return the model's shape
     * @throws WeightsFormatException if it is no configuration of a BLIP model, or a value is
     *     missing, of the wrong type, or does not fit the others
     * @throws UncheckedIOException if the file cannot be read
     */
    public static BlipConfig read(Path file) {
        return checked(file, () -> transformers(file));
    }

    private static BlipConfig transformers(Path file) {
        ConfigFile all = ConfigFile.read(file);
        String type = all.text("model_type", "blip");
        if (!type.equals("blip")) {
            throw new WeightsFormatException(
                    "BlipConfigFile: expected model_type blip in " + file + ", got " + type);
        }
        ConfigFile vision = section(file, "vision_config");
        ConfigFile text = section(file, "text_config");
        int imageSize = vision.integer("image_size", 384);
        return new BlipConfig(
                encoder(vision, 12, 1e-5),
                imageSize,
                imageSize,
                vision.integer("patch_size", 16),
                encoder(text, text.integer(HEADS), 1e-12),
                text.integer("vocab_size", 30524),
                text.integer("max_position_embeddings", 512),
                all.integer("image_text_hidden_size", 256));
    }

    /**
     * Reads the authors' configuration of the text encoder.
     *
     * @param med a {@code med_config.json}; its {@code encoder_width} is replaced by the vision
     *     tower's width, as the authors' code does
     * @param model the preset that names the rest
     * @return the preset with this text encoder
     * @throws WeightsFormatException if a value is missing, of the wrong type, or does not fit the
     *     others
     * @throws UncheckedIOException if the file cannot be read
     */
    public static BlipConfig readText(Path med, BlipConfig model) {
        return checked(med, () -> text(med, model));
    }

    private static BlipConfig text(Path med, BlipConfig model) {
        ConfigFile text = ConfigFile.read(med);
        return new BlipConfig(
                model.vision(),
                model.imageSize(),
                model.storedImageSize(),
                model.patchSize(),
                encoder(text, text.integer(HEADS), 1e-12),
                text.integer("vocab_size"),
                text.integer("max_position_embeddings"),
                model.projection());
    }

    /**
     * Reads a description of the vision tower, with the names of the authors' constructor: {@code
     * img_size}, {@code patch_size}, {@code embed_dim}, {@code depth}, {@code num_heads}, {@code
     * norm_eps}. The authors' own files do not have one: their code knows two towers.
     *
     * @param file the description
     * @param model the preset that names the rest
     * @return the preset with this vision tower
     * @throws WeightsFormatException if a value is missing, of the wrong type, or does not fit the
     *     others
     * @throws UncheckedIOException if the file cannot be read
     */
    public static BlipConfig readVision(Path file, BlipConfig model) {
        return checked(file, () -> vision(file, model));
    }

    private static BlipConfig vision(Path file, BlipConfig model) {
        ConfigFile vision = ConfigFile.read(file);
        int width = vision.integer("embed_dim");
        int imageSize = vision.integer("img_size");
        return new BlipConfig(
                new EncoderConfig(
                        width,
                        4 * width,
                        vision.integer("depth"),
                        vision.integer("num_heads"),
                        Activation.GELU,
                        vision.number("norm_eps", model.vision().layerNormEps())),
                imageSize,
                imageSize,
                vision.integer("patch_size"),
                model.text(),
                model.vocabulary(),
                model.positions(),
                model.projection());
    }

    private static BlipConfig checked(Path file, Supplier<BlipConfig> reading) {
        try {
            return reading.get();
        } catch (IllegalArgumentException e) {
            throw new WeightsFormatException(file + ": " + e.getMessage(), e);
        }
    }

    private static EncoderConfig encoder(ConfigFile json, int heads, double eps) {
        return new EncoderConfig(
                json.integer("hidden_size", 768),
                json.integer("intermediate_size", 3072),
                json.integer("num_hidden_layers", 12),
                json.integer(HEADS, heads),
                Activation.of(json.text("hidden_act", "gelu")),
                json.number("layer_norm_eps", eps));
    }

    private static ConfigFile section(Path file, String name) {
        String source = file + ", " + name;
        try {
            JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
            JsonElement section = json.get(name);
            String text = section == null || section.isJsonNull() ? "{}" : section.toString();
            return ConfigFile.parse(text, source);
        } catch (IOException e) {
            throw new UncheckedIOException("BlipConfigFile: cannot read " + file, e);
        } catch (JsonParseException | IllegalStateException e) {
            throw new WeightsFormatException(
                    "BlipConfigFile: expected a JSON object in " + source + ": " + e.getMessage(),
                    e);
        }
    }
}

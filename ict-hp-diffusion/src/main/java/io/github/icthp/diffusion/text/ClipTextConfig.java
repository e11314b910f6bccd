package io.github.icthp.diffusion.text;

import com.google.common.base.Preconditions;

import io.github.icthp.clip.Activation;
import io.github.icthp.clip.EncoderConfig;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.weights.ConfigFile;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The shape of a CLIP text encoder.
 *
 * @param layers the transformer
 * @param vocabulary the number of tokens
 * @param positions the longest text, in tokens
 * @param endToken the id at which text is pooled; 2 stands for the largest id, as old configs mean
 * @param projection the width of the projected pooled embedding, empty where there is no projection
 */
public record ClipTextConfig(
        EncoderConfig layers, int vocabulary, int positions, int endToken, OptionalInt projection) {

    private static final int LARGEST_ID = 2;

    /**
     * Checks the shape.
     *
     * @param layers the transformer
     * @param vocabulary the number of tokens
     * @param positions the longest text, in tokens
     * @param endToken the id at which text is pooled; 2 stands for the largest id, as old configs
     *     mean
     * @param projection the width of the projected pooled embedding, empty where there is no
     *     projection
     * @throws IllegalArgumentException if a size is not positive
     */
    public ClipTextConfig {
        Preconditions.checkArgument(
                vocabulary > 0 && positions > 0 && projection.orElse(1) > 0,
                "ClipTextConfig: sizes must be positive, got vocabulary %s, positions %s,"
                        + " projection %s",
                vocabulary,
                positions,
                projection);
    }

    /**
     * Returns CLIP ViT-L/14's text encoder with projection, SD3's first.
     *
     * @return the preset: 123 million parameters
     */
    public static ClipTextConfig clipL() {
        return vitL14(OptionalInt.of(768));
    }

    /**
     * Returns CLIP ViT-L/14's text encoder without projection, FLUX.1's first.
     *
     * @return the preset
     */
    public static ClipTextConfig fluxClipL() {
        return vitL14(OptionalInt.empty());
    }

    /**
     * Returns OpenCLIP ViT-bigG/14's text encoder with projection, SD3's second.
     *
     * @return the preset: 695 million parameters
     */
    public static ClipTextConfig bigG() {
        EncoderConfig layers = new EncoderConfig(1280, 5120, 32, 20, Activation.GELU, 1e-5);
        return new ClipTextConfig(layers, 49408, 77, LARGEST_ID, OptionalInt.of(1280));
    }

    private static ClipTextConfig vitL14(OptionalInt projection) {
        EncoderConfig layers = new EncoderConfig(768, 3072, 12, 12, Activation.QUICK_GELU, 1e-5);
        return new ClipTextConfig(layers, 49408, 77, LARGEST_ID, projection);
    }

    /**
     * Reads a {@code config.json} as transformers writes it; what is left out takes its default.
     *
     * @param file the file
     * @param projected whether the model has a projection, which {@code architectures} says too, if
     *     it is there, and wrongly in some public files
     * @return what it says
     * @throws io.github.icthp.weights.WeightsFormatException if it is no such configuration
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    public static ClipTextConfig read(Path file, boolean projected) {
        ConfigFile config = ConfigFile.read(file);
        EncoderConfig layers =
                new EncoderConfig(
                        config.integer("hidden_size", 512),
                        config.integer("intermediate_size", 2048),
                        config.integer("num_hidden_layers", 12),
                        config.integer("num_attention_heads", 8),
                        Activation.of(config.text("hidden_act", "quick_gelu")),
                        config.number("layer_norm_eps", 1e-5));
        return new ClipTextConfig(
                layers,
                config.integer("vocab_size", 49408),
                config.integer("max_position_embeddings", 77),
                config.integer("eos_token_id", 49407),
                projected
                        ? OptionalInt.of(config.integer("projection_dim", 512))
                        : OptionalInt.empty());
    }

    /**
     * Returns the linear layers that adapters can be put on.
     *
     * @return their shapes by path, without {@code text_model.} before it; the projection among
     *     them, if there is one
     */
    public Map<String, LinearShape> linears() {
        long width = layers.width();
        long inner = layers.mlpWidth();
        Map<String, LinearShape> linears = new LinkedHashMap<>();
        for (int i = 0; i < layers.layers(); i++) {
            String layer = "encoder.layers." + i + ".";
            for (String name : List.of("q_proj", "k_proj", "v_proj", "out_proj")) {
                linears.put(layer + "self_attn." + name, new LinearShape(width, width));
            }
            linears.put(layer + "mlp.fc1", new LinearShape(width, inner));
            linears.put(layer + "mlp.fc2", new LinearShape(inner, width));
        }
        projection.ifPresent(p -> linears.put("text_projection", new LinearShape(width, p)));
        return linears;
    }

    /**
     * Returns where a text is pooled: at its first end token.
     *
     * @param ids one text's ids
     * @return the position, from 0
     * @throws IllegalArgumentException if there is no end token
     */
    int end(long[] ids) {
        long wanted = endToken;
        if (endToken == LARGEST_ID) {
            wanted = Arrays.stream(ids).max().orElse(endToken);
        }
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] == wanted) {
                return i;
            }
        }
        throw new IllegalArgumentException(
                "ClipTextEncoder: a text has no end token "
                        + wanted
                        + "; truncation must keep it, got "
                        + Arrays.toString(ids));
    }
}

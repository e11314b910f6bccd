package io.github.icthp.prompt;

import com.google.common.base.Preconditions;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import io.github.icthp.weights.ConfigFile;
import io.github.icthp.weights.WeightsFormatException;

import java.nio.file.Path;
import java.util.Map;

/**
 * The shape of a GPT-2.
 *
 * @param vocabulary how many tokens there are
 * @param positions the longest row, in tokens
 * @param width of the token embeddings
 * @param layers how many transformer layers
 * @param heads attention heads of a layer; they divide the width
 * @param mlpWidth inner width of the feed-forward network
 * @param tanhGelu whether GELU is its tanh approximation ({@code gelu_new}) or exact
 * @param layerNormEps what layer norms add to the variance
 * @param scaledAttention whether attention scores are divided by the root of a head's width
 * @param scaledByLayer whether they are divided by the layer's number, from 1, as well
 * @param tied whether the output layer's weights are the token embeddings
 * @param endToken the token that ends a text and fills up rows
 */
public record Gpt2Config(
        int vocabulary,
        int positions,
        int width,
        int layers,
        int heads,
        int mlpWidth,
        boolean tanhGelu,
        double layerNormEps,
        boolean scaledAttention,
        boolean scaledByLayer,
        boolean tied,
        int endToken) {

    private static final Map<String, Boolean> ACTIVATIONS =
            Map.of("gelu_new", true, "gelu_pytorch_tanh", true, "gelu", false);

    /**
     * Checks the shape.
     *
     * @param vocabulary how many tokens there are
     * @param positions the longest row, in tokens
     * @param width of the token embeddings
     * @param layers how many transformer layers
     * @param heads attention heads of a layer; they divide the width
     * @param mlpWidth inner width of the feed-forward network
     * @param tanhGelu whether GELU is its tanh approximation ({@code gelu_new}) or exact
     * @param layerNormEps what layer norms add to the variance
     * @param scaledAttention whether attention scores are divided by the root of a head's width
     * @param scaledByLayer whether they are divided by the layer's number, from 1, as well
     * @param tied whether the output layer's weights are the token embeddings
     * @param endToken the token that ends a text and fills up rows
     * @throws IllegalArgumentException if a value is out of its range
     */
    public Gpt2Config {
        Preconditions.checkArgument(
                vocabulary > 0 && positions > 0 && layers > 0 && mlpWidth > 0,
                "Gpt2Config: vocabulary, positions, layers and mlpWidth must be positive, got %s,"
                        + " %s, %s, %s",
                vocabulary,
                positions,
                layers,
                mlpWidth);
        Preconditions.checkArgument(
                heads > 0 && width > 0 && width % heads == 0,
                "Gpt2Config: expected a width that its heads divide, got width %s and %s heads",
                width,
                heads);
        Preconditions.checkArgument(
                endToken >= 0 && endToken < vocabulary,
                "Gpt2Config: the end token must be in 0..%s, got %s",
                vocabulary - 1,
                endToken);
        Preconditions.checkArgument(
                layerNormEps > 0,
                "Gpt2Config: layerNormEps must be positive, got %s",
                layerNormEps);
    }

    /**
     * Returns the shape of Prompt-Extend ({@code daspartho/prompt-extend}): GPT-2 small with a
     * vocabulary of 52,000.
     *
     * @return 125,778,432 parameters
     */
    public static Gpt2Config promptExtend() {
        return new Gpt2Config(52_000, 1024, 768, 12, 12, 3072, true, 1e-5, true, false, true, 0);
    }

    /**
     * Reads transformers' {@code config.json}. What it leaves out takes transformers' default.
     *
     * @param file the configuration of a GPT-2
     * @return its shape
     * @throws WeightsFormatException if it is of another model, or a value is of the wrong type,
     *     out of range or unknown here
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    public static Gpt2Config read(Path file) {
        ConfigFile json = ConfigFile.read(file);
        String type = json.text("model_type", "gpt2");
        String activation = json.text("activation_function", "gelu_new");
        if (!type.equals("gpt2") || !ACTIVATIONS.containsKey(activation)) {
            throw new WeightsFormatException(
                    "Gpt2Config: expected model_type gpt2 with an activation_function of "
                            + ACTIVATIONS.keySet().stream().sorted().toList()
                            + " in "
                            + file
                            + ", got "
                            + type
                            + " with "
                            + activation);
        }
        int width = json.integer("n_embd", 768);
        try {
            return new Gpt2Config(
                    json.integer("vocab_size", 50257),
                    json.integer("n_positions", 1024),
                    width,
                    json.integer("n_layer", 12),
                    json.integer("n_head", 12),
                    json.integer("n_inner", 4 * width),
                    ACTIVATIONS.get(activation),
                    json.number("layer_norm_epsilon", 1e-5),
                    json.flag("scale_attn_weights", true),
                    json.flag("scale_attn_by_inverse_layer_idx", false),
                    json.flag("tie_word_embeddings", true),
                    json.integer("eos_token_id", 50256));
        } catch (IllegalArgumentException e) {
            throw new WeightsFormatException(file + ": " + e.getMessage(), e);
        }
    }

    /** The name of the activation in the program. */
    String gelu() {
        return tanhGelu ? "tanh" : "none";
    }

    /** What {@link #read} reads, as transformers writes it. */
    String json() {
        JsonObject json = new JsonObject();
        JsonArray architectures = new JsonArray();
        architectures.add("GPT2LMHeadModel");
        json.add("architectures", architectures);
        json.addProperty("model_type", "gpt2");
        json.addProperty("vocab_size", vocabulary);
        json.addProperty("n_positions", positions);
        json.addProperty("n_embd", width);
        json.addProperty("n_layer", layers);
        json.addProperty("n_head", heads);
        json.addProperty("n_inner", mlpWidth);
        json.addProperty("activation_function", tanhGelu ? "gelu_new" : "gelu");
        json.addProperty("layer_norm_epsilon", layerNormEps);
        json.addProperty("scale_attn_weights", scaledAttention);
        json.addProperty("scale_attn_by_inverse_layer_idx", scaledByLayer);
        json.addProperty("tie_word_embeddings", tied);
        json.addProperty("bos_token_id", endToken);
        json.addProperty("eos_token_id", endToken);
        return new GsonBuilder().setPrettyPrinting().create().toJson(json) + "\n";
    }

    /** What attention scores of each layer are multiplied by. */
    double[] scales() {
        double[] scales = new double[layers];
        for (int i = 0; i < layers; i++) {
            scales[i] =
                    (scaledAttention ? 1 / Math.sqrt((double) width / heads) : 1)
                            / (scaledByLayer ? i + 1 : 1);
        }
        return scales;
    }
}

package io.github.icthp.examples.testing;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Tensors;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/** Random weights of a tiny CLIP under transformers' names. D width, P projection. */
final class SampleWeights {

    private static final int PROJECTION = 32;

    private static final int WIDTH = 32;
    private static final int MLP = 64;
    private static final int LAYERS = 2;
    private static final int VOCABULARY = 49408;
    private static final int POSITIONS = 77;
    private static final int PATCH = 8;
    private static final int IMAGE = 56;

    /** What {@code config.json} says of it. */
    static final String CONFIG =
            String.format(
                    Locale.ROOT,
                    """
            {"model_type": "clip", "projection_dim": %1$d,
             "text_config": {"hidden_size": %2$d, "intermediate_size": %3$d, "hidden_act": "gelu",
              "num_hidden_layers": %4$d, "num_attention_heads": 2, "vocab_size": %5$d,
              "max_position_embeddings": %6$d},
             "vision_config": {"hidden_size": %2$d, "intermediate_size": %3$d, "hidden_act": "gelu",
              "num_hidden_layers": %4$d, "num_attention_heads": 2, "image_size": %7$d,
              "patch_size": %8$d}}
            """,
                    PROJECTION,
                    WIDTH,
                    MLP,
                    LAYERS,
                    VOCABULARY,
                    POSITIONS,
                    IMAGE,
                    PATCH);

    private final Map<String, NDArray> tensors = new LinkedHashMap<>();
    private final SplittableRandom random;

    private SampleWeights(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** Draws a model, owned by the innermost scope. */
    static Map<String, NDArray> clip(long seed) {
        SampleWeights clip = new SampleWeights(seed);
        clip.draw("text_model.embeddings.token_embedding.weight", VOCABULARY, WIDTH);
        clip.draw("text_model.embeddings.position_embedding.weight", POSITIONS, WIDTH);
        clip.encoder("text_model.encoder.");
        clip.norm("text_model.final_layer_norm");
        clip.draw("text_projection.weight", PROJECTION, WIDTH);
        int patches = (IMAGE / PATCH) * (IMAGE / PATCH);
        clip.draw("vision_model.embeddings.class_embedding", WIDTH);
        clip.draw("vision_model.embeddings.patch_embedding.weight", WIDTH, 3, PATCH, PATCH);
        clip.draw("vision_model.embeddings.position_embedding.weight", patches + 1, WIDTH);
        clip.norm("vision_model.pre_layrnorm");
        clip.encoder("vision_model.encoder.");
        clip.norm("vision_model.post_layernorm");
        clip.draw("visual_projection.weight", PROJECTION, WIDTH);
        clip.tensors.put("logit_scale", Tensors.of(new float[] {4.6052f}));
        return clip.tensors;
    }

    /** Draws an HP head for it, under the released names, owned by the innermost scope. */
    static Map<String, NDArray> head(long seed) {
        SampleWeights head = new SampleWeights(seed);
        head.linear("layers.0", 32, PROJECTION);
        head.linear("layers.2", 16, 32);
        head.linear("layers.4", 16, 16);
        head.linear("layers.6", 8, 16);
        head.linear("layers.7", 1, 8);
        return head.tensors;
    }

    private void encoder(String prefix) {
        for (int i = 0; i < LAYERS; i++) {
            String layer = prefix + "layers." + i + ".";
            norm(layer + "layer_norm1");
            for (String name : new String[] {"q_proj", "k_proj", "v_proj", "out_proj"}) {
                linear(layer + "self_attn." + name, WIDTH, WIDTH);
            }
            norm(layer + "layer_norm2");
            linear(layer + "mlp.fc1", MLP, WIDTH);
            linear(layer + "mlp.fc2", WIDTH, MLP);
        }
    }

    private void norm(String name) {
        float[] ones = new float[WIDTH];
        Arrays.fill(ones, 1);
        tensors.put(name + ".weight", Tensors.of(ones, WIDTH));
        tensors.put(name + ".bias", Tensors.of(new float[WIDTH], WIDTH));
    }

    private void linear(String name, int out, int in) {
        draw(name + ".weight", out, in);
        tensors.put(name + ".bias", Tensors.of(new float[out], out));
    }

    /** Normal values whose sums of products with values near 1 are near 1. */
    private void draw(String name, long... shape) {
        int count = 1;
        for (long size : shape) {
            count *= (int) size;
        }
        double deviation = Math.sqrt(shape[0] / (double) count);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        tensors.put(name, Tensors.of(values, shape));
    }
}

package io.github.icthp.blip;

import ai.djl.ndarray.types.Shape;

import io.github.icthp.clip.Activation;
import io.github.icthp.clip.EncoderConfig;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A small model's shape, and the shapes of its weights in every layout. */
public final class TinyBlip {

    private TinyBlip() {}

    /** A model of two layers a tower, images of 80 pixels, 12 tokens and prompts of 8. */
    public static BlipConfig config(int vision, int text, int heads) {
        return new BlipConfig(
                new EncoderConfig(vision, 4 * vision, 2, heads, Activation.GELU, 1e-6),
                80,
                80,
                8,
                new EncoderConfig(text, 2 * text, 2, heads, Activation.GELU, 1e-12),
                12,
                8,
                10);
    }

    /** A matching model's weights under the authors' names. */
    public static Map<String, Shape> authorsShapes(BlipConfig config) {
        Map<String, Shape> shapes = new TreeMap<>();
        shapes(config).forEach((name, shape) -> shapes.put(authors(name), shape));
        return shapes;
    }

    /** ImageReward's weights as released: the backbone below {@code blip.}, and a head. */
    public static Map<String, Shape> imageRewardShapes(BlipConfig config) {
        Map<String, Shape> shapes = new TreeMap<>();
        authorsShapes(config).forEach((name, shape) -> shapes.put("blip." + name, shape));
        shapes.keySet().removeIf(name -> name.startsWith("blip.itm_head."));
        linear(shapes, "mlp.layers.0", 16, config.text().width());
        linear(shapes, "mlp.layers.2", 8, 16);
        linear(shapes, "mlp.layers.4", 8, 8);
        linear(shapes, "mlp.layers.6", 4, 8);
        linear(shapes, "mlp.layers.7", 1, 4);
        return shapes;
    }

    private static String authors(String name) {
        return name.replace("vision_model.embeddings.class_embedding", "visual_encoder.cls_token")
                .replace("vision_model.embeddings.position_embedding", "visual_encoder.pos_embed")
                .replace(
                        "vision_model.embeddings.patch_embedding",
                        "visual_encoder.patch_embed.proj")
                .replace("vision_model.post_layernorm", "visual_encoder.norm")
                .replace("vision_model.encoder.layers.", "visual_encoder.blocks.")
                .replace("self_attn.qkv", "attn.qkv")
                .replace("self_attn.projection", "attn.proj")
                .replace("layer_norm", "norm");
    }

    /** A matching model's weights under transformers' names. */
    public static Map<String, Shape> shapes(BlipConfig config) {
        Map<String, Shape> shapes = new TreeMap<>();
        long v = config.vision().width();
        long d = config.text().width();
        long p = config.patchSize();
        shapes.put("vision_model.embeddings.class_embedding", new Shape(1, 1, v));
        shapes.put(
                "vision_model.embeddings.position_embedding",
                new Shape(1, config.imageTokens(), v));
        linear(shapes, "vision_model.embeddings.patch_embedding", v, 3, p, p);
        norms(shapes, v, "vision_model.post_layernorm");
        for (int i = 0; i < config.vision().layers(); i++) {
            String layer = "vision_model.encoder.layers." + i + ".";
            linear(shapes, layer + "self_attn.qkv", 3 * v, v);
            linear(shapes, layer + "self_attn.projection", v, v);
            linear(shapes, layer + "mlp.fc1", config.vision().mlpWidth(), v);
            linear(shapes, layer + "mlp.fc2", v, config.vision().mlpWidth());
            norms(shapes, v, layer + "layer_norm1", layer + "layer_norm2");
        }
        String embeddings = "text_encoder.embeddings.";
        shapes.put(embeddings + "word_embeddings.weight", new Shape(config.vocabulary(), d));
        shapes.put(embeddings + "position_embeddings.weight", new Shape(config.positions(), d));
        norms(shapes, d, embeddings + "LayerNorm");
        for (int i = 0; i < config.text().layers(); i++) {
            textLayer(shapes, "text_encoder.encoder.layer." + i + ".", config);
        }
        linear(shapes, "vision_proj", config.projection(), v);
        linear(shapes, "text_proj", config.projection(), d);
        linear(shapes, "itm_head", 2, d);
        return shapes;
    }

    private static void textLayer(Map<String, Shape> shapes, String layer, BlipConfig config) {
        long v = config.vision().width();
        long d = config.text().width();
        for (String kind : List.of("attention.", "crossattention.")) {
            long source = kind.startsWith("cross") ? v : d;
            linear(shapes, layer + kind + "self.query", d, d);
            linear(shapes, layer + kind + "self.key", d, source);
            linear(shapes, layer + kind + "self.value", d, source);
            linear(shapes, layer + kind + "output.dense", d, d);
            norms(shapes, d, layer + kind + "output.LayerNorm");
        }
        linear(shapes, layer + "intermediate.dense", config.text().mlpWidth(), d);
        linear(shapes, layer + "output.dense", d, config.text().mlpWidth());
        norms(shapes, d, layer + "output.LayerNorm");
    }

    private static void linear(Map<String, Shape> shapes, String name, long... weight) {
        shapes.put(name + ".weight", new Shape(weight));
        shapes.put(name + ".bias", new Shape(weight[0]));
    }

    private static void norms(Map<String, Shape> shapes, long width, String... names) {
        for (String name : names) {
            shapes.put(name + ".weight", new Shape(width));
            shapes.put(name + ".bias", new Shape(width));
        }
    }
}

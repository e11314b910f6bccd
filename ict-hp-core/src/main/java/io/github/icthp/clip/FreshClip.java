package io.github.icthp.clip;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.image.ImageConfig;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.SafetensorsWriter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A CLIP model with random weights, to be trained from scratch. They are drawn as transformers'
 * {@code CLIPPreTrainedModel._init_weights} draws them. D is a tower's width, L its layers.
 */
public final class FreshClip {

    private static final double EMBEDDING = 0.02;
    private static final float LOGIT_SCALE = 2.6592f;

    private final Map<String, NDArray> tensors = new LinkedHashMap<>();
    private final SplittableRandom random;

    private FreshClip(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /**
     * Writes a model as transformers' {@code CLIPModel.from_pretrained} loads it: {@code
     * model.safetensors}, {@code config.json} and {@code preprocessor_config.json}. A vocabulary
     * other than CLIP's needs a tokenizer beside them.
     *
     * @param config its shape
     * @param seed equal seeds give equal weights
     * @param folder where to; made if it is not there
     * @throws UncheckedIOException if it cannot be written
     */
    public static void write(ClipConfig config, long seed, Path folder) {
        try {
            TensorScope.run(
                    Device.cpu(),
                    () -> {
                        FreshClip fresh = new FreshClip(seed);
                        fresh.text(config);
                        fresh.vision(config);
                        fresh.tensors.put("logit_scale", Tensors.of(new float[] {LOGIT_SCALE}));
                        SafetensorsWriter.write(
                                folder.resolve("model.safetensors"),
                                fresh.tensors,
                                Map.of("format", "pt"));
                        Files.writeString(
                                folder.resolve(ClipSettings.CONFIG), ClipConfigFile.json(config));
                        Files.writeString(
                                folder.resolve(ClipSettings.IMAGES),
                                ImageConfig.square(config.imageSize()).toJson());
                    });
        } catch (IOException e) {
            throw new UncheckedIOException("FreshClip: cannot write to " + folder, e);
        }
    }

    private void text(ClipConfig config) {
        int d = config.text().width();
        String embeddings = "text_model.embeddings.";
        draw(embeddings + "token_embedding.weight", EMBEDDING, config.vocabulary(), d);
        draw(embeddings + "position_embedding.weight", EMBEDDING, config.positions(), d);
        encoder("text_model.encoder.", config.text());
        norm("text_model.final_layer_norm", d);
        draw("text_projection.weight", Math.pow(d, -0.5), config.projection(), d);
    }

    private void vision(ClipConfig config) {
        int d = config.vision().width();
        int patch = config.patchSize();
        String embeddings = "vision_model.embeddings.";
        draw(embeddings + "class_embedding", Math.pow(d, -0.5), d);
        draw(embeddings + "patch_embedding.weight", EMBEDDING, d, 3, patch, patch);
        draw(embeddings + "position_embedding.weight", EMBEDDING, config.imageTokens(), d);
        norm("vision_model.pre_layrnorm", d);
        encoder("vision_model.encoder.", config.vision());
        norm("vision_model.post_layernorm", d);
        draw("visual_projection.weight", Math.pow(d, -0.5), config.projection(), d);
    }

    private void encoder(String prefix, EncoderConfig config) {
        int d = config.width();
        double outward = Math.pow(d, -0.5);
        double inward = outward * Math.pow(2 * config.layers(), -0.5);
        for (int i = 0; i < config.layers(); i++) {
            String layer = prefix + "layers." + i + ".";
            norm(layer + "layer_norm1", d);
            for (String name : new String[] {"q_proj", "k_proj", "v_proj"}) {
                linear(layer + "self_attn." + name, inward, d, d);
            }
            linear(layer + "self_attn.out_proj", outward, d, d);
            norm(layer + "layer_norm2", d);
            linear(layer + "mlp.fc1", Math.pow(2 * d, -0.5), config.mlpWidth(), d);
            linear(layer + "mlp.fc2", inward, d, config.mlpWidth());
        }
    }

    private void norm(String name, int width) {
        float[] ones = new float[width];
        Arrays.fill(ones, 1);
        tensors.put(name + ".weight", Tensors.of(ones, width));
        tensors.put(name + ".bias", Tensors.of(new float[width], width));
    }

    private void linear(String name, double deviation, int out, int in) {
        draw(name + ".weight", deviation, out, in);
        tensors.put(name + ".bias", Tensors.of(new float[out], out));
    }

    private void draw(String name, double deviation, long... shape) {
        int count = Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        tensors.put(name, Tensors.of(values, shape));
    }
}

package io.github.icthp.examples.testing;

import ai.djl.ndarray.types.Shape;

import io.github.icthp.blip.BlipConfig;
import io.github.icthp.blip.TinyBlip;
import io.github.icthp.testing.RandomWeights;
import io.github.icthp.weights.SafetensorsWriter;
import io.github.icthp.weights.Weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** Tiny BLIP models of random weights in the layouts that they are published in. */
public final class SampleBlip {

    private static final long SEED = 20251020;
    private static final BlipConfig SHAPE = TinyBlip.config(16, 16, 2);

    private static final String VOCABULARY =
            """
            [PAD]
            [UNK]
            [CLS]
            [SEP]
            [MASK]
            a
            red
            ball
            blue
            cat
            """;

    private SampleBlip() {}

    /** Writes a matching model as transformers saves it. */
    public static void writeItm(Path folder) throws IOException {
        String tower =
                """
                {"hidden_size": 16, "intermediate_size": %d, "num_hidden_layers": 2,
                 "num_attention_heads": 2, "layer_norm_eps": %s, "image_size": 80,
                 "patch_size": 8, "vocab_size": 12, "max_position_embeddings": 8}""";
        Files.createDirectories(folder);
        Files.writeString(
                folder.resolve("config.json"),
                String.format(
                        Locale.ROOT,
                        "{\"model_type\": \"blip\", \"image_text_hidden_size\": 10,"
                                + " \"vision_config\": %s, \"text_config\": %s}",
                        String.format(Locale.ROOT, tower, 64, "1e-6"),
                        String.format(Locale.ROOT, tower, 32, "1e-12")));
        write(folder, "model.safetensors", TinyBlip.shapes(SHAPE));
    }

    /** Writes a matching model under the authors' names, with the authors' configuration. */
    public static void writeAuthorsItm(Path folder) throws IOException {
        writeAuthorsConfig(folder);
        write(folder, "model.safetensors", TinyBlip.authorsShapes(SHAPE));
    }

    /** Writes ImageReward as it is released. */
    public static void writeImageReward(Path folder) throws IOException {
        writeAuthorsConfig(folder);
        write(folder, "ImageReward.safetensors", TinyBlip.imageRewardShapes(SHAPE));
    }

    private static void writeAuthorsConfig(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(
                folder.resolve("med_config.json"),
                """
                {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
                 "num_attention_heads": 2, "vocab_size": 12, "max_position_embeddings": 8}
                """);
        Files.writeString(
                folder.resolve("vision.json"),
                """
                {"img_size": 80, "patch_size": 8, "embed_dim": 16, "depth": 2, "num_heads": 2}
                """);
    }

    private static void write(Path folder, String file, Map<String, Shape> shapes)
            throws IOException {
        Files.writeString(folder.resolve("vocab.txt"), VOCABULARY);
        try (Weights weights = RandomWeights.of(shapes, SEED)) {
            SafetensorsWriter.write(folder.resolve(file), weights);
        }
    }
}

package io.github.icthp.clip;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.RandomWeights;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.SafetensorsWriter;
import io.github.icthp.weights.Weights;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

class FusedTowerPropertyTest {

    @TempDir static Path folder;

    private static final boolean PACK = !Devices.tested().isGpu();
    private static final int POSITIONS = 80;
    private static final int END = 99;

    private static ClipConfig config(int width, int heads, Activation activation) {
        EncoderConfig encoder = new EncoderConfig(width, 2 * width, 2, heads, activation, 1e-5);
        return new ClipConfig(encoder, 100, POSITIONS, END, encoder, 32, 8, 40);
    }

    @ParameterizedTest
    @CsvSource({
        "64, 2, GELU, FLOAT32, 1e-5",
        "192, 3, QUICK_GELU, FLOAT32, 1e-5",
        "72, 3, GELU, FLOAT32, 1e-5",
        "64, 2, QUICK_GELU, BFLOAT16, 0.02",
        "192, 3, GELU, BFLOAT16, 0.02",
        "72, 3, GELU, BFLOAT16, 0.02"
    })
    void fusedVisionEqualsPlain(
            int width, int heads, Activation activation, DType type, double tolerance) {
        ClipConfig config = config(width, heads, activation);
        try (Weights weights = RandomWeights.of(shapes(config), 7);
                NDManager owner = Torch.manager(Devices.tested())) {
            TensorScope.run(
                    Devices.tested(),
                    () -> {
                        Parameters all = Parameters.load(weights, owner, type, Memory.OWNED);
                        ClipVisionTower tower = new ClipVisionTower(all, config);
                        FusedVisionTower fast =
                                new FusedVisionTower(again(weights, owner, type), config, PACK);
                        float[] noise = RandomWeights.values(2 * 3 * 32 * 32, 8, 1);
                        NDArray pixels = Tensors.cast(Tensors.of(noise, 2, 3, 32, 32), type);
                        float[] plain = Tensors.toFloats(tower.forward(pixels));
                        NDArray fused =
                                Autograd.in(Autograd.Mode.INFERENCE, () -> fast.forward(pixels));
                        Expected.assertClose("fused", Tensors.toFloats(fused), plain, tolerance);
                    });
        }
    }

    @ParameterizedTest
    @CsvSource({
        "64, 2, GELU, FLOAT32, 5, 5, 1e-5",
        "72, 3, QUICK_GELU, FLOAT32, 3, 9, 1e-5",
        "64, 2, GELU, FLOAT32, 7, 75, 1e-5",
        "64, 2, GELU, BFLOAT16, 4, 75, 0.02",
    })
    void fusedTextEqualsPlain(
            int width,
            int heads,
            Activation activation,
            DType type,
            int firstLength,
            int secondLength,
            double tolerance) {
        ClipConfig config = config(width, heads, activation);
        long[][] both = {ids(firstLength), ids(secondLength)};
        try (Weights weights = RandomWeights.of(shapes(config), 7);
                NDManager owner = Torch.manager(Devices.tested())) {
            TensorScope.run(
                    Devices.tested(),
                    () -> {
                        Parameters all = Parameters.load(weights, owner, type, Memory.OWNED);
                        ClipTextTower tower = new ClipTextTower(all, config);
                        float[] plain = Tensors.toFloats(tower.forward(both));
                        FusedTextTower fused =
                                new FusedTextTower(again(weights, owner, type), config, PACK);
                        float[] together = inference(fused, both);
                        Expected.assertClose("together", together, plain, tolerance);
                        float[] alone = inference(fused, new long[][] {both[0]});
                        float[] first = Arrays.copyOf(plain, config.projection());
                        Expected.assertClose("alone", alone, first, tolerance);
                    });
        }
    }

    @ParameterizedTest
    @CsvSource({"64, 2, GELU, FLOAT32", "72, 3, QUICK_GELU, FLOAT32", "64, 2, GELU, BFLOAT16"})
    void mappedTextEqualsPlainTimeAndAgain(
            int width, int heads, Activation activation, DType type) {
        ClipConfig config = config(width, heads, activation);
        Path file = folder.resolve(width + activation.text() + type + ".safetensors");
        try (Weights drawn = RandomWeights.of(shapes(config), 7)) {
            write(drawn, type, file);
        }
        try (Weights weights = Weights.open(file);
                NDManager owner = Torch.manager(Device.cpu())) {
            TensorScope.run(
                    Device.cpu(),
                    () -> {
                        Parameters all = Parameters.load(weights, owner, type, Memory.OWNED);
                        float[] plain =
                                Tensors.toFloats(
                                        new ClipTextTower(all, config)
                                                .forward(new long[][] {ids(5)}));
                        Parameters kept = Parameters.load(weights, owner, type, Memory.MAPPED);
                        assertThat(kept.isMapped("text_projection.weight")).isTrue();
                        MappedTextTower mapped = new MappedTextTower(kept, config);
                        for (int time = 0; time < 3; time++) {
                            float[] again =
                                    Autograd.in(
                                            Autograd.Mode.INFERENCE,
                                            () ->
                                                    Tensors.toFloats(
                                                            mapped.forward(new long[][] {ids(5)})));
                            assertThat(again).isEqualTo(plain);
                        }
                    });
        }
    }

    /** Layers that stay in the file are fused each time, for few tokens and for many. */
    @ParameterizedTest
    @CsvSource({
        "64, 2, GELU, FLOAT32, 1e-5",
        "192, 3, QUICK_GELU, FLOAT32, 1e-5",
        "72, 3, GELU, FLOAT32, 1e-5",
        "64, 2, QUICK_GELU, BFLOAT16, 0.02"
    })
    void partlyMappedVisionEqualsPlain(
            int width, int heads, Activation activation, DType type, double tolerance) {
        EncoderConfig encoder = new EncoderConfig(width, 2 * width, 6, heads, activation, 1e-5);
        ClipConfig config = new ClipConfig(encoder, 100, POSITIONS, END, encoder, 32, 8, 40);
        Path file = folder.resolve("vision" + width + activation.text() + type + ".safetensors");
        try (Weights drawn = RandomWeights.of(shapes(config), 7)) {
            write(drawn, type, file);
        }
        try (Weights weights = Weights.open(file);
                NDManager owner = Torch.manager(Device.cpu())) {
            TensorScope.run(
                    Device.cpu(),
                    () -> {
                        ClipVisionTower tower =
                                new ClipVisionTower(
                                        Parameters.load(weights, owner, type, Memory.OWNED),
                                        config);
                        Parameters kept =
                                Parameters.load(
                                        weights,
                                        owner,
                                        name -> type,
                                        name -> FusedVisionTower.memory(name, config));
                        String layer = "vision_model.encoder.layers.%d.mlp.fc1.weight";
                        assertThat(kept.isMapped(layer.replace("%d", "1"))).isTrue();
                        assertThat(kept.isMapped(layer.replace("%d", "2"))).isFalse();
                        assertThat(kept.isMapped(layer.replace("%d", "5"))).isFalse();
                        FusedVisionTower fast = new FusedVisionTower(kept, config, true);
                        for (int images : new int[] {1, 70, 2}) {
                            float[] noise = RandomWeights.values(images * 3 * 32 * 32, 8, 1);
                            NDArray pixels =
                                    Tensors.cast(Tensors.of(noise, images, 3, 32, 32), type);
                            float[] plain = Tensors.toFloats(tower.forward(pixels));
                            NDArray fused =
                                    Autograd.in(
                                            Autograd.Mode.INFERENCE, () -> fast.forward(pixels));
                            Expected.assertClose(
                                    images + " images", Tensors.toFloats(fused), plain, tolerance);
                        }
                    });
        }
    }

    private static void write(Weights drawn, DType type, Path file) {
        TensorScope scope = TensorScope.open(Device.cpu());
        try (scope;
                NDManager owner = Torch.manager(Device.cpu())) {
            Parameters all = Parameters.load(drawn, owner, type, Memory.OWNED);
            drawn.names().forEach(name -> all.tensor(name, drawn.info(name).shape().getShape()));
            SafetensorsWriter.write(file, all.finish(), Map.of());
        }
    }

    private static Parameters again(Weights weights, NDManager owner, DType type) {
        return Parameters.load(weights, owner, type, Memory.OWNED);
    }

    private static float[] inference(FusedTextTower tower, long[][] ids) {
        return Autograd.in(Autograd.Mode.INFERENCE, () -> Tensors.toFloats(tower.forward(ids)));
    }

    /** A row whose end token has that place, and words behind it that must not matter. */
    private static long[] ids(int end) {
        long[] ids = new long[POSITIONS];
        Arrays.setAll(ids, s -> s == end ? END : (7L * s + end) % END);
        return ids;
    }

    private static Map<String, Shape> shapes(ClipConfig config) {
        long d = config.vision().width();
        Map<String, Shape> shapes = new TreeMap<>();
        shapes.put("vision_model.embeddings.class_embedding", new Shape(d));
        shapes.put(
                "vision_model.embeddings.patch_embedding.weight",
                new Shape(d, 3, config.patchSize(), config.patchSize()));
        shapes.put(
                "vision_model.embeddings.position_embedding.weight",
                new Shape(config.imageTokens(), d));
        norm(shapes, "vision_model.pre_layrnorm", d);
        norm(shapes, "vision_model.post_layernorm", d);
        layers(shapes, "vision_model", config.vision());
        shapes.put("visual_projection.weight", new Shape(config.projection(), d));
        shapes.put(
                "text_model.embeddings.token_embedding.weight", new Shape(config.vocabulary(), d));
        shapes.put("text_model.embeddings.position_embedding.weight", new Shape(POSITIONS, d));
        norm(shapes, "text_model.final_layer_norm", d);
        layers(shapes, "text_model", config.text());
        shapes.put("text_projection.weight", new Shape(config.projection(), d));
        return shapes;
    }

    private static void layers(Map<String, Shape> shapes, String tower, EncoderConfig config) {
        long d = config.width();
        long m = config.mlpWidth();
        for (int i = 0; i < config.layers(); i++) {
            String layer = tower + ".encoder.layers." + i + ".";
            norm(shapes, layer + "layer_norm1", d);
            norm(shapes, layer + "layer_norm2", d);
            for (String projection : new String[] {"q_proj", "k_proj", "v_proj", "out_proj"}) {
                linear(shapes, layer + "self_attn." + projection, d, d);
            }
            linear(shapes, layer + "mlp.fc1", m, d);
            linear(shapes, layer + "mlp.fc2", d, m);
        }
    }

    private static void norm(Map<String, Shape> shapes, String name, long width) {
        shapes.put(name + ".weight", new Shape(width));
        shapes.put(name + ".bias", new Shape(width));
    }

    private static void linear(Map<String, Shape> shapes, String name, long out, long in) {
        shapes.put(name + ".weight", new Shape(out, in));
        shapes.put(name + ".bias", new Shape(out));
    }
}

package io.github.icthp.clip;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.testing.Expected;
import io.github.icthp.testing.RandomWeights;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Map;
import java.util.TreeMap;

class FusedTowerPropertyTest {

    private static ClipConfig config(int width, int heads, Activation activation) {
        EncoderConfig encoder = new EncoderConfig(width, 2 * width, 2, heads, activation, 1e-5);
        return new ClipConfig(encoder, 100, 16, 99, encoder, 32, 8, 40);
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
    void fusedEqualsPlain(
            int width, int heads, Activation activation, DType type, double tolerance) {
        ClipConfig config = config(width, heads, activation);
        try (Weights weights = RandomWeights.of(shapes(config), 7);
                NDManager owner = Torch.manager(Device.cpu());
                TensorScope scope = TensorScope.open(Device.cpu())) {
            Parameters all = Parameters.load(weights, owner, type, Memory.OWNED);
            ClipVisionTower tower = new ClipVisionTower(all, config);
            all.finish();
            float[] noise = RandomWeights.values(2 * 3 * 32 * 32, 8, 1);
            NDArray pixels = Tensors.cast(Tensors.of(noise, 2, 3, 32, 32), type);
            float[] plain = Tensors.toFloats(tower.forward(pixels));
            NDArray fused =
                    Autograd.in(Autograd.Mode.INFERENCE, () -> tower.fuse(true).forward(pixels));
            Expected.assertClose("fused", Tensors.toFloats(fused), plain, tolerance);
            assertThat(scope.manager().isOpen()).isTrue();
        }
    }

    private static Map<String, Shape> shapes(ClipConfig config) {
        long d = config.vision().width();
        long m = config.vision().mlpWidth();
        Map<String, Shape> shapes = new TreeMap<>();
        shapes.put("vision_model.embeddings.class_embedding", new Shape(d));
        shapes.put(
                "vision_model.embeddings.patch_embedding.weight",
                new Shape(d, 3, config.patchSize(), config.patchSize()));
        shapes.put(
                "vision_model.embeddings.position_embedding.weight",
                new Shape(config.imageTokens(), d));
        for (String norm : new String[] {"pre_layrnorm", "post_layernorm"}) {
            shapes.put("vision_model." + norm + ".weight", new Shape(d));
            shapes.put("vision_model." + norm + ".bias", new Shape(d));
        }
        for (int i = 0; i < config.vision().layers(); i++) {
            String layer = "vision_model.encoder.layers." + i + ".";
            for (String norm : new String[] {"layer_norm1", "layer_norm2"}) {
                shapes.put(layer + norm + ".weight", new Shape(d));
                shapes.put(layer + norm + ".bias", new Shape(d));
            }
            for (String projection : new String[] {"q_proj", "k_proj", "v_proj", "out_proj"}) {
                shapes.put(layer + "self_attn." + projection + ".weight", new Shape(d, d));
                shapes.put(layer + "self_attn." + projection + ".bias", new Shape(d));
            }
            shapes.put(layer + "mlp.fc1.weight", new Shape(m, d));
            shapes.put(layer + "mlp.fc1.bias", new Shape(m));
            shapes.put(layer + "mlp.fc2.weight", new Shape(d, m));
            shapes.put(layer + "mlp.fc2.bias", new Shape(d));
        }
        shapes.put("visual_projection.weight", new Shape(config.projection(), d));
        return shapes;
    }
}

package io.github.icthp.diffusion.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.LinearAdapter;
import io.github.icthp.diffusion.unet.UNetConfig.Level;
import io.github.icthp.diffusion.unet.UNetConfig.Waves;
import io.github.icthp.testing.RandomWeights;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Parameters.Memory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A UNet whose weights are laid out for the processor predicts what it predicted before. */
class PackedUNetTest {

    private TensorScope scope;

    @BeforeEach
    void open() {
        scope = TensorScope.open(Device.cpu());
    }

    @AfterEach
    void close() {
        scope.close();
    }

    private static UNetConfig config(int first, int second, boolean linear) {
        List<Level> levels =
                List.of(
                        new Level(first, 1, 2, 1, true, true),
                        new Level(second, 1, 4, 1, true, true),
                        new Level(second, 1, 4, 1, false, false));
        return new UNetConfig(
                4, levels, 32, 1e-5, 64, linear, new Waves(true, 0), Optional.empty());
    }

    private static UNet unet(UNetConfig config, DType type) {
        return UNet.load(
                config, RandomWeights.of(UNet.shapes(config), 1), Device.cpu(), type, Memory.OWNED);
    }

    private static NDArray random(DType type, long seed, long... shape) {
        int count = 1;
        for (long dimension : shape) {
            count *= (int) dimension;
        }
        return Tensors.cast(Tensors.of(RandomWeights.values(count, seed, 1), shape), type);
    }

    private static float[] predict(UNet unet, DType type, int batch, int height, int width) {
        Conditioning conditioning =
                new Conditioning(random(type, 2, batch, 7, 64), random(type, 3, batch, 1));
        NDArray latents = random(type, 4, batch, 4, height, width);
        return Autograd.in(
                Mode.INFERENCE,
                () -> Tensors.toFloats(unet.predict(latents, new float[] {500}, conditioning)));
    }

    private static void assertClose(float[] actual, float[] expected, double tolerance) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat((double) actual[i])
                    .as("value %d", i)
                    .isCloseTo(expected[i], within(tolerance));
        }
    }

    @ParameterizedTest
    @CsvSource({
        // widths, batch, latents: down to a single pixel, odd sizes, larger than 16 x 16 below
        "64, 128, false, 1, 16, 16",
        "64, 128, true, 2, 4, 4",
        "64, 128, false, 3, 9, 13",
        "96, 160, false, 2, 4, 8",
        "64, 64, false, 1, 72, 68",
        "32, 64, false, 1, 8, 8"
    })
    void predictsTheSame(int first, int second, boolean linear, int batch, int height, int width) {
        for (DType type : List.of(DType.FLOAT32, DType.BFLOAT16)) {
            try (UNet unet = unet(config(first, second, linear), type)) {
                float[] before = predict(unet, type, batch, height, width);
                unet.prepareToSample();
                float[] after = predict(unet, type, batch, height, width);
                assertClose(after, before, type == DType.FLOAT32 ? 2e-5 : 0.1);
            }
        }
    }

    @Test
    void withAdaptersOnEveryLayer() {
        UNetConfig config = config(64, 128, false);
        Map<String, LinearAdapter> adapters = new HashMap<>();
        UNet.linears(config)
                .forEach(
                        (path, shape) ->
                                adapters.put(
                                        path,
                                        new LinearAdapter(
                                                random(DType.FLOAT32, 5, 2, shape.in()).mul(0.05f),
                                                random(DType.FLOAT32, 6, shape.out(), 2),
                                                0.1)));
        try (UNet unet = unet(config, DType.FLOAT32)) {
            float[] bare = predict(unet, DType.FLOAT32, 2, 8, 8);
            unet.adapt(adapters);
            float[] before = predict(unet, DType.FLOAT32, 2, 8, 8);
            assertThat(before).isNotEqualTo(bare);
            unet.pack();
            unet.pack();
            assertClose(predict(unet, DType.FLOAT32, 2, 8, 8), before, 2e-5);
            unet.adapt(Map.of());
            assertClose(predict(unet, DType.FLOAT32, 2, 8, 8), bare, 2e-5);
        }
    }

    @Test
    void withOtherMatrices() {
        UNetConfig config = config(64, 128, false);
        String layer = "down_blocks.0.attentions.0.transformer_blocks.0.ff.net.0.proj";
        Map<String, NDArray> other = Map.of(layer, random(DType.FLOAT32, 7, 512, 64).mul(0.1f));
        try (UNet unet = unet(config, DType.FLOAT32)) {
            float[] loaded = predict(unet, DType.FLOAT32, 2, 8, 8);
            unet.replaceWeights(other, Map.of());
            float[] before = predict(unet, DType.FLOAT32, 2, 8, 8);
            assertThat(before).isNotEqualTo(loaded);
            unet.pack();
            assertClose(predict(unet, DType.FLOAT32, 2, 8, 8), before, 2e-5);
            unet.replaceWeights(Map.of(), Map.of());
            assertClose(predict(unet, DType.FLOAT32, 2, 8, 8), loaded, 2e-5);
        }
    }
}

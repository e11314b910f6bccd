package io.github.icthp.diffusion.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.RandomWeights;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import org.junit.jupiter.api.Test;

class PixelCodecTest {

    private final PixelCodec codec = new PixelCodec(2, 1.5);

    @Test
    void losesNothing() {
        TensorScope.run(
                Devices.tested(),
                () -> {
                    NDArray pixels = random(2, 3, 4, 6);
                    NDArray latents = codec.encode(pixels);
                    assertThat(latents.getShape()).isEqualTo(new Shape(2, 12, 2, 3));
                    float[] again = Tensors.toFloats(codec.decode(latents));
                    float[] before = Tensors.toFloats(pixels);
                    for (int i = 0; i < before.length; i++) {
                        assertThat(again[i]).isCloseTo(before[i], within(1e-6f));
                    }
                });
    }

    @Test
    void carriesGradientsBack() {
        TensorScope.run(
                Devices.tested(),
                () -> {
                    NDArray latents = random(1, 12, 2, 2);
                    NDArray upstream = random(1, 3, 4, 4);
                    NDArray gradient = codec.decodeVjp(latents, upstream);
                    // <decode(x), u> = <x, vjp(u)>, as the map is linear.
                    float left = codec.decode(latents).mul(upstream).sum().getFloat();
                    float right = latents.mul(gradient).sum().getFloat();
                    assertThat(left).isCloseTo(right, within(1e-4f));
                });
    }

    @Test
    void namesWhatItExpects() {
        TensorScope.run(
                Devices.tested(),
                () -> {
                    assertThatThrownBy(() -> codec.encode(random(1, 3, 3, 4)))
                            .hasMessageContaining("multiples of 2, got (1, 3, 3, 4)");
                    assertThatThrownBy(() -> codec.decode(random(1, 3, 2, 2)))
                            .hasMessageContaining(
                                    "expected latents (B, 12, h, w), got (1, 3, 2, 2)");
                });
    }

    private static NDArray random(long... shape) {
        int count = (int) new Shape(shape).size();
        return Tensors.of(RandomWeights.values(count, 7, 1), shape);
    }
}

package io.github.icthp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.RandomWeights;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.List;

class PixelRewardsTest {

    private static final int B = 2;
    private static final int H = 5;
    private static final int W = 4;

    private final float[] values = RandomWeights.values(B * 3 * H * W, 4, 0.3);
    private TensorScope scope;
    private NDArray pixels;

    @BeforeEach
    void open() {
        scope = TensorScope.open(Devices.tested());
        pixels = Tensors.of(values, B, 3, H, W);
    }

    @AfterEach
    void close() {
        scope.close();
    }

    private float at(int b, int c, int h, int w) {
        return values[((b * 3 + c) * H + h) * W + w];
    }

    @Test
    void averagesEveryPicture() {
        float[] found = Tensors.toFloats(PixelRewards.mean(pixels));
        for (int b = 0; b < B; b++) {
            double sum = 0;
            for (int i = 0; i < 3 * H * W; i++) {
                sum += values[b * 3 * H * W + i];
            }
            assertThat(found[b]).isCloseTo((float) (sum / (3 * H * W)), within(1e-6f));
        }
        assertThat(Tensors.toFloats(PixelRewards.mean(PixelRewards.mean(pixels)))).isEqualTo(found);
    }

    @Test
    void measuresTotalVariation() {
        float[] found = Tensors.toFloats(PixelRewards.totalVariation(pixels));
        for (int b = 0; b < B; b++) {
            double down = 0;
            double right = 0;
            for (int c = 0; c < 3; c++) {
                for (int h = 0; h < H; h++) {
                    for (int w = 0; w < W; w++) {
                        down += h == 0 ? 0 : Math.abs(at(b, c, h, w) - at(b, c, h - 1, w));
                        right += w == 0 ? 0 : Math.abs(at(b, c, h, w) - at(b, c, h, w - 1));
                    }
                }
            }
            double expected = down / (3 * (H - 1) * W) + right / (3 * H * (W - 1));
            assertThat(found[b]).isCloseTo((float) expected, within(1e-6f));
        }
    }

    @Test
    void sumsHalfPrecisionInFloat32() {
        NDArray bright = Tensors.of(ones(3 * 64 * 64), 1, 3, 64, 64);
        for (DType type : List.of(DType.FLOAT16, DType.BFLOAT16)) {
            NDArray mean = PixelRewards.mean(Tensors.cast(bright, type));
            assertThat(Tensors.dtype(mean)).isEqualTo(DType.FLOAT32);
            assertThat(Tensors.toFloats(mean)).containsExactly(1);
        }
        assertThat(Tensors.dtype(PixelRewards.mean(Tensors.cast(bright, DType.FLOAT64))))
                .isEqualTo(DType.FLOAT64);
        assertThat(Tensors.toFloats(PixelRewards.totalVariation(bright))).containsExactly(0);
    }

    private static float[] ones(int count) {
        float[] ones = new float[count];
        java.util.Arrays.fill(ones, 1);
        return ones;
    }

    @Test
    void differentiatesEachPictureByItself() {
        DifferentiableReward calm = (p, t) -> PixelRewards.totalVariation(p).neg();
        float[] both = Tensors.toFloats(calm.gradient(pixels, List.of("a", "b")).gradient());
        float[] first = Tensors.toFloats(calm.gradient(pixels.get("0:1"), List.of("a")).gradient());
        assertThat(java.util.Arrays.copyOf(both, first.length))
                .usingComparatorWithPrecision(1e-7f)
                .containsExactly(first);
    }

    @Test
    void refusesOtherShapes() {
        assertThatThrownBy(() -> PixelRewards.totalVariation(pixels.get("0")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(B, C, H, W)")
                .hasMessageContaining("got (3, 5, 4)");
        assertThatThrownBy(() -> PixelRewards.totalVariation(pixels.get(":, :, :, 0:1")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got (2, 3, 5, 1)");
        assertThatThrownBy(() -> PixelRewards.mean(pixels.mean()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got ()");
    }
}

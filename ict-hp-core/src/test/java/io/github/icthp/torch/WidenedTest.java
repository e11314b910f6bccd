package io.github.icthp.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.util.Random;

/** Products in bfloat16, whatever this processor does with them, against float32's. */
final class WidenedTest {

    private static final TorchProgram PROGRAM =
            TorchProgram.sharing(
                    WidenedTest.class, "widened_calls.torchscript", "widened.torchscript");

    /** Half of the distance between neighbors in bfloat16, which has 8 significant bits. */
    private static final double HALF_ULP = Math.scalb(1., -8);

    private final Random random = new Random(7);

    @Test
    @DisplayName("a linear layer rounds once, for many rows and few, with a bias and without")
    void linear() {
        for (int rows : new int[] {1, 3, 16, 40}) {
            inference(
                    () -> {
                        NDArray x = bfloat16(rows, 48);
                        NDArray weight = bfloat16(24, 48);
                        NDArray bias = bfloat16(24);
                        NDArray zero = Tensors.cast(Tensors.of(new float[24], 24), DType.BFLOAT16);
                        assertRounded(
                                PROGRAM.call("linear", x, weight, bias),
                                PROGRAM.call("exact_linear", x, weight, bias));
                        assertRounded(
                                PROGRAM.call("linear", x, weight, null),
                                PROGRAM.call("exact_linear", x, weight, zero));
                    });
        }
    }

    @Test
    @DisplayName("a convolution rounds once")
    void convolution() {
        for (int stride : new int[] {1, 2}) {
            inference(
                    () -> {
                        NDArray x = bfloat16(2, 8, 12, 20);
                        NDArray weight = bfloat16(16, 8, 3, 3);
                        NDArray bias = bfloat16(16);
                        assertRounded(
                                PROGRAM.call("convolution", x, weight, bias, stride),
                                PROGRAM.call("exact_convolution", x, weight, bias, stride));
                    });
        }
    }

    @Test
    @DisplayName("attention is as near as bfloat16 allows, causal or not")
    void attention() {
        for (boolean causal : new boolean[] {false, true}) {
            inference(
                    () -> {
                        NDArray q = bfloat16(2, 3, 20, 16);
                        NDArray k = bfloat16(2, 3, 20, 16);
                        NDArray v = bfloat16(2, 3, 20, 16);
                        float[] got =
                                Tensors.toFloats(PROGRAM.call("attention", q, k, v, null, causal));
                        float[] exact =
                                Tensors.toFloats(PROGRAM.call("exact_attention", q, k, v, causal));
                        // probabilities are rounded too where the processor multiplies bfloat16
                        assertNear(got, exact, 4 * HALF_ULP, 4 * HALF_ULP);
                    });
        }
    }

    @Test
    @DisplayName("a graph through a widened layer is the one that PyTorch records")
    void gradients() {
        TensorScope.run(
                Device.cpu(),
                () -> {
                    NDArray x = bfloat16(32, 48);
                    NDArray weight = bfloat16(24, 48);
                    NDArray leaf = Autograd.leaf(x);
                    NDArray y =
                            Autograd.in(
                                    Autograd.Mode.GRADIENT,
                                    () -> PROGRAM.call("linear", leaf, weight, null));
                    assertThat(Autograd.requiresGradient(y)).isTrue();
                    Autograd.backward(y, Autograd.onesLike(y));
                    float[] gradient = Tensors.toFloats(Autograd.gradient(leaf).orElseThrow());
                    float[] weights = Tensors.toFloats(weight);
                    for (int column = 0; column < 48; column++) {
                        double sum = 0;
                        double size = 0;
                        for (int row = 0; row < 24; row++) {
                            sum += weights[row * 48 + column];
                            size += Math.abs(weights[row * 48 + column]);
                        }
                        assertThat(Math.abs(gradient[column] - sum))
                                .isLessThanOrEqualTo(2 * HALF_ULP * size);
                    }
                });
    }

    private NDArray bfloat16(long... shape) {
        int count = 1;
        for (long side : shape) {
            count *= (int) side;
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensors.cast(Tensors.of(values, shape), DType.BFLOAT16);
    }

    private static void inference(Runnable body) {
        TensorScope.run(
                Device.cpu(),
                () -> {
                    @Nullable Object unused =
                            Autograd.in(
                                    Autograd.Mode.INFERENCE,
                                    () -> {
                                        body.run();
                                        return null;
                                    });
                });
    }

    /** One rounding, and what float32's own sums differ by. */
    private static void assertRounded(NDArray got, NDArray exact) {
        assertThat(Tensors.dtype(got)).isEqualTo(DType.BFLOAT16);
        assertNear(Tensors.toFloats(got), Tensors.toFloats(exact), HALF_ULP, 1e-4);
    }

    private static void assertNear(float[] got, float[] exact, double relative, double absolute) {
        assertThat(got).hasSameSizeAs(exact);
        for (int i = 0; i < got.length; i++) {
            assertThat(Math.abs(got[i] - (double) exact[i]))
                    .as("element %d: %s, not %s", i, got[i], exact[i])
                    .isLessThanOrEqualTo(relative * Math.abs(exact[i]) + absolute);
        }
    }
}

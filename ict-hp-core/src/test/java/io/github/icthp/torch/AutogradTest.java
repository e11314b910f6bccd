package io.github.icthp.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;

import io.github.icthp.testing.Devices;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

class AutogradTest {

    private static final TorchProgram PROGRAM =
            TorchProgram.ofText(
                    "square",
                    "class Ops(Module):\n"
                            + "  __parameters__ = []\n"
                            + "  __buffers__ = []\n"
                            + "  training : bool\n"
                            + "  def f(self: __torch__.Ops, x: Tensor, w: Tensor) -> Tensor:\n"
                            + "    return x * x * w\n");

    @Test
    void carriesAnUpstreamGradient() {
        TensorScope.run(
                Devices.tested(),
                () -> {
                    NDArray x = Autograd.leaf(Tensors.of(new float[] {1, 2}, 2));
                    NDArray w = Tensors.of(new float[] {3, 4}, 2);
                    NDArray y = PROGRAM.call("f", x, w);
                    NDArray unused = Autograd.leaf(w);
                    NDArray up = Tensors.of(new float[] {1, 10}, 2);
                    List<Optional<NDArray>> gradients =
                            Autograd.gradients(y, up, List.of(x, unused));
                    assertThat(gradients.get(0).orElseThrow().toFloatArray())
                            .containsExactly(6f, 160f);
                    assertThat(gradients.get(1)).isEmpty();
                });
    }

    @Test
    void accumulatesInLeaves() {
        try (TensorScope scope = TensorScope.open(Devices.tested())) {
            NDArray x = Autograd.leaf(scope.manager().create(3f));
            NDArray w = scope.manager().create(1f);
            assertThat(Autograd.gradient(x)).isEmpty();
            Autograd.backward(PROGRAM.call("f", x, w), null);
            Autograd.backward(PROGRAM.call("f", x, w), null);
            assertThat(Autograd.gradient(x).orElseThrow().getFloat()).isEqualTo(12f);
        }
    }

    @Test
    void modesNestAndRestore() {
        try (TensorScope scope = TensorScope.open(Devices.tested())) {
            NDArray x = Autograd.leaf(scope.manager().create(3f));
            NDArray w = scope.manager().create(1f);
            NDArray constant =
                    Autograd.in(Autograd.Mode.NO_GRADIENT, () -> PROGRAM.call("f", x, w));
            assertThat(Autograd.requiresGradient(constant)).isFalse();
            assertThat(Autograd.mode()).isEqualTo(Autograd.Mode.GRADIENT);
            assertThat(Autograd.requiresGradient(PROGRAM.call("f", x, constant))).isTrue();

            NDArray inferred = Autograd.in(Autograd.Mode.INFERENCE, () -> PROGRAM.call("f", x, w));
            assertThatThrownBy(() -> PROGRAM.call("f", x, inferred))
                    .isInstanceOf(TorchProgramException.class)
                    .hasMessageContaining("Inference tensors");
        }
    }
}

package io.github.icthp.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

import io.github.icthp.testing.Devices;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

class TorchProgramTest {

    private static final String HEAD =
            "class Ops(Module):\n"
                    + "  __parameters__ = []\n"
                    + "  __buffers__ = []\n"
                    + "  training : bool\n";

    @Test
    void passesEveryKindOfArgument() {
        TorchProgram program =
                TorchProgram.ofText(
                        "kinds",
                        HEAD
                                + "  def f(self: __torch__.Ops, x: Tensor, w: List[Tensor], n: int,"
                                + " a: float, b: bool, s: List[int], o: Optional[Tensor]) ->"
                                + " Tensor:\n"
                                + "    y = torch.reshape(x, s)\n"
                                + "    for i in range(torch.len(w)):\n"
                                + "      y = y + w[i]\n"
                                + "    if b:\n"
                                + "      y = y * a\n"
                                + "    if torch.__is__(o, None):\n"
                                + "      y = y + n\n"
                                + "    return y\n");
        try (TensorScope scope = TensorScope.open(Devices.tested())) {
            NDArray x = Tensors.of(new float[] {1, 2}, 2);
            NDArray w = Tensors.of(new float[] {10, 20}, 1, 2);
            NDArray y = program.call("f", x, List.of(w, w), 3, 0.5, true, new long[] {1, 2}, null);
            assertThat(y.toFloatArray()).containsExactly(13.5f, 24f);
            NDArray z = program.call("f", x, List.of(), 3, 0.5, false, new long[] {2}, x);
            assertThat(z.toFloatArray()).containsExactly(1f, 2f);
            assertThat(y.getManager()).isEqualTo(scope.manager());
        }
    }

    @Test
    void passesDictionariesInOrder() {
        TorchProgram program =
                TorchProgram.ofText(
                        "dictionaries",
                        HEAD
                                + "  def f(self: __torch__.Ops, w: List[Dict[str, Tensor]]) ->"
                                + " Tensor:\n"
                                + "    return w[0][\"a\"] * 10 + w[1][\"a\"] + torch.len(w)\n");
        try (TensorScope scope = TensorScope.open(Devices.tested())) {
            TensorDict one =
                    new TensorDict(Map.of("a", Tensors.of(new float[] {1}, 1)), scope.manager());
            TensorDict two =
                    new TensorDict(Map.of("a", Tensors.of(new float[] {2}, 1)), scope.manager());
            assertThat(program.call("f", List.of(one, two)).toFloatArray()).containsExactly(14f);
            assertThat(program.call("f", List.of(two, one)).toFloatArray()).containsExactly(23f);
            two.close();
            assertThatThrownBy(() -> program.call("f", List.of(one, two)))
                    .hasMessageContaining("closed");
        }
    }

    @Test
    void readsConstants() {
        TorchProgram program =
                TorchProgram.of(
                        TorchProgramTest.class,
                        "constants.torchscript",
                        Map.of("count", 7, "rate", 0.25, "on", true, "name", "é"));
        TensorScope.run(
                Devices.tested(),
                () -> {
                    assertThat(program.callLong("count_of")).isEqualTo(7);
                    assertThat(program.callDouble("rate_if_on")).isEqualTo(0.25);
                });
    }

    @Test
    void returnsListsAndTuples() {
        TorchProgram program =
                TorchProgram.ofText(
                        "lists",
                        HEAD
                                + "  def pair(self: __torch__.Ops, x: Tensor) -> Tuple[Tensor,"
                                + " Tensor]:\n"
                                + "    return (x + 1, x + 2)\n"
                                + "  def list(self: __torch__.Ops, x: Tensor) -> List[Tensor]:\n"
                                + "    return [x, x + 3]\n");
        try (TensorScope scope = TensorScope.open(Devices.tested())) {
            NDArray x = scope.manager().create(1f);
            NDList pair = program.callList("pair", x);
            NDList list = program.callList("list", x);
            assertThat(pair.get(1).getFloat()).isEqualTo(3f);
            assertThat(list.get(1).getFloat()).isEqualTo(4f);
        }
    }

    @Test
    void namesTheLineThatFails() {
        TorchProgram program =
                TorchProgram.ofText(
                        "failing",
                        HEAD
                                + "  def f(self: __torch__.Ops, x: Tensor) -> Tensor:\n"
                                + "    y = x + 1\n"
                                + "    return torch.matmul(y, y)\n");
        try (TensorScope scope = TensorScope.open(Devices.tested())) {
            NDArray x = scope.manager().create(new float[] {1, 2, 3, 4, 5, 6}).reshape(2, 3);
            assertThatThrownBy(() -> program.call("f", x))
                    .isInstanceOf(TorchProgramException.class)
                    .hasMessageContaining("failing:7 f((2, 3)) failed");
            assertThatThrownBy(() -> program.call("g", x))
                    .isInstanceOf(TorchProgramException.class)
                    .hasMessageContaining("failing g(");
        }
        assertThatThrownBy(
                        () ->
                                TorchProgram.ofText(
                                        "broken",
                                        HEAD
                                                + "  def f(self: __torch__.Ops) -> Tensor:\n"
                                                + "    return torch.nonsense()\n"))
                .isInstanceOf(TorchProgramException.class)
                .hasMessageContaining("broken:6 does not compile");
    }

    @Test
    void refusesACallWithoutScope() {
        TorchProgram program =
                TorchProgram.ofText(
                        "scoped",
                        HEAD
                                + "  def f(self: __torch__.Ops) -> Tensor:\n"
                                + "    return torch.zeros([1])\n");
        assertThatThrownBy(() -> program.call("f"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("TensorScope.open(device)");
    }
}

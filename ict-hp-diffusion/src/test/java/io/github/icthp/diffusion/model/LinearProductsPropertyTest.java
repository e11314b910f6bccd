package io.github.icthp.diffusion.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.RandomWeights;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

/** However a linear layer is computed, it is the same layer: float64 says which. */
class LinearProductsPropertyTest {

    private static final TorchProgram PROGRAM =
            TorchProgram.ofText(
                    "products",
                    """
                    class Ops(Module):
                      __parameters__ = []
                      __buffers__ = []
                      training : bool
                      def product(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
                        return __torch__.product(x, w, b)
                      def gelu(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
                        return __torch__.gelu_product(x, w, b, "tanh")
                      def exact_gelu(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
                        return __torch__.gelu_product(x, w, b, "none")
                      def last(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
                        return __torch__.last_product(torch.gelu(x), x, w, b)
                      def left(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
                        own = torch.gelu(x)
                        y = __torch__.last_product(own, x, w, b)
                        return own
                      def wide_last(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
                        y = torch.linear(torch.gelu(torch.to(x, 7)), torch.to(w, 7), torch.to(b, 7))
                        return torch.to(y, 6)
                      def wide(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
                        y = torch.linear(torch.to(x, 7), torch.to(w, 7), torch.to(b, 7))
                        return torch.to(y, 6)
                      def wide_gelu(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
                        y = torch.linear(torch.to(x, 7), torch.to(w, 7), torch.to(b, 7))
                        return torch.to(torch.gelu(y, approximate="tanh"), 6)
                      def wide_exact_gelu(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
                        y = torch.linear(torch.to(x, 7), torch.to(w, 7), torch.to(b, 7))
                        return torch.to(torch.gelu(y), 6)
                      def matmul(self: __torch__.Ops, x: Tensor, w: Tensor) -> Tensor:
                        return torch.to(torch.matmul(torch.to(x, 7), torch.to(w, 7)), 6)
                    """
                            + LayerPrograms.LINEARS);

    private TensorScope scope;

    @BeforeEach
    void open() {
        scope = TensorScope.open(Devices.tested());
    }

    @AfterEach
    void close() {
        scope.close();
    }

    @Test
    @EnabledOnOs(architectures = {"amd64", "x86_64"})
    void usesOneDnnWhereEveryBuildHasIt() {
        assertThat(LayerPrograms.LINEARS).contains("mkldnn");
    }

    private static NDArray random(DType type, long seed, double deviation, long... shape) {
        int count = 1;
        for (long dimension : shape) {
            count *= (int) dimension;
        }
        return Tensors.cast(Tensors.of(RandomWeights.values(count, seed, deviation), shape), type);
    }

    @ParameterizedTest
    @CsvSource({
        // batch, rows, inputs, outputs: few rows, odd widths, multiples of 64
        "1, 1, 64, 128",
        "1, 15, 128, 64",
        "1, 17, 24, 72",
        "2, 33, 64, 40",
        "1, 16, 64, 64",
        "1, 410, 128, 192",
        "3, 50, 192, 128",
        "16, 20, 128, 256"
    })
    void agreesWithFloat64(int batch, int rows, int in, int out) {
        for (DType type : List.of(DType.FLOAT32, DType.BFLOAT16)) {
            double tolerance = type == DType.FLOAT32 ? 1e-6 : 6e-3;
            NDArray x = random(type, 1, 1, batch, rows, in);
            NDArray w = random(type, 2, 1 / Math.sqrt(in), out, in);
            NDArray b = random(type, 3, 1, out);
            NDArray g = random(type, 4, 1, batch, rows, out);
            NDArray packed = LayerPrograms.packed(w);
            for (Mode mode : Mode.values()) {
                Autograd.in(
                        mode,
                        () -> {
                            NDArray wide = PROGRAM.call("wide", x, w, b);
                            assertClose(PROGRAM.call("product", x, w, b), wide, tolerance);
                            NDArray gelu = PROGRAM.call("wide_gelu", x, w, b);
                            assertClose(PROGRAM.call("gelu", x, w, b), gelu, tolerance);
                            NDArray exact = PROGRAM.call("wide_exact_gelu", x, w, b);
                            assertClose(PROGRAM.call("exact_gelu", x, w, b), exact, tolerance);
                            if (mode != Mode.GRADIENT) {
                                assertClose(PROGRAM.call("product", x, packed, b), wide, tolerance);
                                assertClose(PROGRAM.call("gelu", x, packed, b), gelu, tolerance);
                                assertClose(
                                        PROGRAM.call("exact_gelu", x, packed, b), exact, tolerance);
                            }
                            return null;
                        });
            }
            NDArray leaf = Autograd.leaf(x);
            NDArray y = PROGRAM.call("product", leaf, w, b);
            NDArray gradient = Autograd.gradients(y, g, List.of(leaf)).get(0).orElseThrow();
            assertClose(gradient, PROGRAM.call("matmul", g, w), tolerance);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 410, 128, 192", "3, 50, 192, 128", "16, 20, 128, 256", "2, 33, 24, 40"})
    void givesGradientsThoughItsInputIsLetGo(int batch, int rows, int in, int out) {
        NDArray x = Autograd.leaf(random(DType.FLOAT32, 1, 1, batch, rows, in));
        NDArray frozen = random(DType.FLOAT32, 2, 1 / Math.sqrt(in), out, in);
        NDArray b = random(DType.FLOAT32, 3, 1, out);
        NDArray g = random(DType.FLOAT32, 4, 1, batch, rows, out);
        for (NDArray w : List.of(frozen, Autograd.leaf(frozen))) {
            List<NDArray> wanted = w == frozen ? List.of(x) : List.of(x, w);
            NDArray y = recorded("last", x, w, b);
            NDArray wide = recorded("wide_last", x, w, b);
            assertClose(y, wide, 1e-6);
            var found = Autograd.gradients(y, g, wanted);
            var expected = Autograd.gradients(wide, g, wanted);
            for (int i = 0; i < wanted.size(); i++) {
                assertClose(found.get(i).orElseThrow(), expected.get(i).orElseThrow(), 1e-6);
            }
        }
    }

    @Test
    @EnabledOnOs(architectures = {"amd64", "x86_64"})
    void onlyFrozenLayersLetTheirInputGo() {
        NDArray x = Autograd.leaf(random(DType.FLOAT32, 1, 1, 16, 20, 64));
        NDArray frozen = random(DType.FLOAT32, 2, 1, 64, 64);
        NDArray b = random(DType.FLOAT32, 3, 1, 64);
        assertClose(recorded("left", x, frozen, b), x, 1e-9);
        assertThat(Tensors.toFloats(recorded("left", x, Autograd.leaf(frozen), b)))
                .isNotEqualTo(Tensors.toFloats(x));
    }

    private static NDArray recorded(String method, NDArray... inputs) {
        return Autograd.in(Mode.GRADIENT, () -> PROGRAM.call(method, (Object[]) inputs));
    }

    private static void assertClose(NDArray actual, NDArray expected, double tolerance) {
        assertThat(actual.getShape()).isEqualTo(expected.getShape());
        float[] found = Tensors.toFloats(actual);
        float[] wanted = Tensors.toFloats(expected);
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < wanted.length; i++) {
            difference += Math.pow((double) found[i] - wanted[i], 2);
            norm += Math.pow(wanted[i], 2);
        }
        assertThat(Math.sqrt(difference / norm)).isLessThan(tolerance);
    }
}

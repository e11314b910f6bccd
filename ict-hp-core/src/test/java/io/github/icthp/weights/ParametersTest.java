package io.github.icthp.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.weights.Parameters.Memory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteOrder;
import java.util.Map;

class ParametersTest {

    private static Weights open() {
        return Weights.open(Golden.sample("clip/quick_gelu_small").resolve("model.safetensors"));
    }

    @ParameterizedTest
    @EnumSource(Memory.class)
    void loadsEveryTensorOfAFile(Memory memory) {
        try (Weights weights = open();
                NDManager owner = Torch.manager(Devices.tested())) {
            Parameters all = Parameters.load(weights, owner, DType.FLOAT32, memory);
            for (String name : weights.names()) {
                all.tensor(name, weights.info(name).shape().getShape());
            }
            Map<String, NDArray> tensors = all.finish();
            assertThat(tensors.keySet()).isEqualTo(weights.names());
            for (String name : weights.names()) {
                assertThat(Tensors.toBytes(tensors.get(name)))
                        .isEqualTo(weights.data(name).order(ByteOrder.LITTLE_ENDIAN));
            }
        }
    }

    @Test
    void convertsAndHandsADictionaryToAProgram() {
        TorchProgram program =
                TorchProgram.ofText(
                        "norm",
                        "class Ops(Module):\n"
                                + "  __parameters__ = []\n"
                                + "  __buffers__ = []\n"
                                + "  training : bool\n"
                                + "  def f(self: __torch__.Ops, w: Dict[str, Tensor]) -> Tensor:\n"
                                + "    return torch.add(w[\"n.weight\"], w[\"n.bias\"])\n");
        Map<String, Shape> shapes = Map.of("a.n.weight", new Shape(3), "a.n.bias", new Shape(3));
        try (NDManager owner = Torch.manager(Devices.tested());
                TensorScope scope = TensorScope.open(Devices.tested())) {
            Parameters all = Parameters.check(shapes, "test", owner);
            TensorDict dict = all.in("a").norm("n", 3).dict();
            all.finish();
            NDArray sum = program.call("f", dict);
            assertThat(sum.toFloatArray()).containsExactly(0, 0, 0);
            assertThat(sum.getManager()).isSameAs(scope.manager());
            dict.close();
            assertThatThrownBy(() -> program.call("f", dict))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
        }
    }

    @Test
    void listsEverythingThatDoesNotFitAtOnce() {
        try (Weights weights = open();
                NDManager owner = Torch.manager(Devices.tested())) {
            Parameters all = Parameters.load(weights, owner, DType.BFLOAT16, Memory.OWNED);
            all.tensor("logit_scale", 2).tensor("nothing.there", 7).in("vision_model").ignore("");
            assertThatThrownBy(all::finish)
                    .isInstanceOfSatisfying(
                            WeightsMismatchException.class,
                            e -> {
                                assertThat(e.missing()).containsExactly("nothing.there");
                                assertThat(e.misshapen())
                                        .containsExactly("logit_scale expected (2) got ()");
                                assertThat(e.unexpected())
                                        .isNotEmpty()
                                        .noneMatch(key -> key.startsWith("vision_model."));
                            })
                    .hasMessageContaining("1 missing [nothing.there]");
        }
    }

    @Test
    void convertsToBfloat16() {
        try (Weights weights = open();
                NDManager owner = Torch.manager(Devices.tested())) {
            String name = weights.names().iterator().next();
            long[] shape = weights.info(name).shape().getShape();
            Parameters all = Parameters.load(weights, owner, DType.BFLOAT16, Memory.MAPPED);
            all.tensor(name, shape).ignore("");
            NDArray tensor = all.finish().get(name);
            assertThat(Tensors.dtype(tensor)).isEqualTo(DType.BFLOAT16);
        }
    }
}

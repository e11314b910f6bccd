package io.github.icthp.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;

import io.github.icthp.testing.Devices;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import org.junit.jupiter.api.Test;

import java.util.List;

class HpHeadTest {

    @Test
    void freshWeightsHaveTheReleasedSpreadAndBiasesAreZero() {
        try (TensorScope scope = TensorScope.open(Devices.tested())) {
            HpHead head = HpHead.fresh(64, 256, 7, scope.manager());
            assertThat(head.features()).isEqualTo(64);
            assertThat(head.widths().toArray()).containsExactly(256, 128, 64, 16, 1);
            double[] values = doubles(head.parameters().get("layers.2.weight"));
            double square = 0;
            for (double value : values) {
                square += value * value;
            }
            assertThat(Math.sqrt(square / values.length)).isCloseTo(1.0 / 65, within(3e-4));
            assertThat(doubles(head.parameters().get("layers.4.bias"))).containsOnly(0);
            assertThat(doubles(HpHead.fresh(64, 256, 7, scope.manager()).collapse().weight()))
                    .isEqualTo(doubles(head.collapse().weight()));
            assertThat(doubles(HpHead.fresh(64, 256, 8, scope.manager()).collapse().weight()))
                    .isNotEqualTo(doubles(head.collapse().weight()));
        }
    }

    @Test
    void theCollapsedHeadScoresAsTheLayersDo() {
        try (TensorScope scope = TensorScope.open(Devices.tested())) {
            HpHead head = HpHead.fresh(3, 5, 1, scope.manager());
            head.parameters().values().forEach(p -> p.addi(0.25));
            NDArray features = Tensors.of(new float[] {1, -2, 3, 0, 0, 0}, 2, 3);
            float[] layered = Tensors.toFloats(head.forward(features));
            HpHead.Affine collapsed = head.collapse();
            float[] direct = Tensors.toFloats(collapsed.forward(features));
            assertThat(direct[0]).isCloseTo(layered[0], within(1e-5f * Math.abs(layered[0])));
            assertThat(direct[1]).isCloseTo(layered[1], within(1e-5f * Math.abs(layered[1])));
            assertThat(direct[1]).isEqualTo((float) collapsed.bias());
        }
    }

    @Test
    void masksMultiplyTheirLayersOutputs() {
        try (TensorScope scope = TensorScope.open(Devices.tested())) {
            HpHead head = HpHead.fresh(3, 5, 1, scope.manager());
            head.parameters().get("layers.0.bias").addi(100);
            NDArray features = Tensors.of(new float[] {1, -2, 3}, 1, 3);
            float kept = Tensors.toFloats(head.forward(features))[0];
            NDArray nothing = Tensors.of(new float[5], 1, 5);
            NDArray twice = Tensors.of(new float[] {2, 2, 2, 2, 2}, 1, 5);
            assertThat(Tensors.toFloats(head.forward(features, List.of(nothing)))[0]).isZero();
            assertThat(Tensors.toFloats(head.forward(features, List.of(twice)))[0])
                    .isCloseTo(2 * kept, within(1e-6f * Math.abs(kept)));
        }
    }

    private static double[] doubles(NDArray tensor) {
        float[] floats = Tensors.toFloats(tensor);
        double[] doubles = new double[floats.length];
        for (int i = 0; i < floats.length; i++) {
            doubles[i] = floats[i];
        }
        return doubles;
    }
}

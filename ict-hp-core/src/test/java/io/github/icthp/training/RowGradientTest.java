package io.github.icthp.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.testing.Devices;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Random;

class RowGradientTest {

    private static final int HEIGHT = 11;
    private static final int WIDTH = 3;

    private static NDArray values(int rows, long seed) {
        Random random = new Random(seed);
        float[] values = new float[rows * WIDTH];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensors.of(values, rows, WIDTH);
    }

    private static RowGradient gradient(long seed, long... rows) {
        return new RowGradient(Tensors.of(rows, rows.length), values(rows.length, seed));
    }

    @Test
    void movesExactlyAsTheWholeGradientDoes() {
        try (TensorScope scope = TensorScope.open(Devices.tested());
                NDManager memory = Torch.manager(Devices.tested())) {
            NDArray byRows = values(HEIGHT, 1);
            NDArray whole = values(HEIGHT, 1);
            NDArray copy = Tensors.cast(whole, DType.BFLOAT16);
            Trainable sparse = new Trainable("table", byRows, copy);
            AdamW first = optimizer(sparse, memory);
            AdamW second = optimizer(Trainable.of("table", whole), memory);
            for (int step = 0; step < 3; step++) {
                try (Gradients rows = new Gradients(Devices.tested());
                        Gradients dense = new Gradients(Devices.tested())) {
                    rows.addRows("table", gradient(step, 2, 5, 10));
                    rows.addRows("table", gradient(step + 10, 0, 5));
                    dense.add(
                            "table", scope.keep(rows.whole("table", whole).orElseThrow(), memory));
                    assertThat(rows.norm()).isEqualTo(dense.norm());
                    first.step(0.1, rows, 0.7);
                    second.step(0.1, dense, 0.7);
                }
            }
            assertThat(Tensors.toFloats(byRows)).isEqualTo(Tensors.toFloats(whole));
            assertThat(Tensors.toFloats(copy))
                    .isEqualTo(Tensors.toFloats(Tensors.cast(whole, DType.BFLOAT16)));
            first.state()
                    .forEach(
                            (name, tensor) ->
                                    assertThat(Tensors.toFloats(tensor))
                                            .as(name)
                                            .isEqualTo(Tensors.toFloats(second.state().get(name))));
        }
    }

    @Test
    void theSliceMakesNoDifference() {
        double[] settings = {0.1, 0.9, 0.999, 0.01, 1e-8, 0.7};
        try (TensorScope scope = TensorScope.open(Devices.tested())) {
            float[][] moved = new float[2][];
            for (int i = 0; i < 2; i++) {
                Trainable table = Trainable.of("table", values(HEIGHT, 1));
                Moments moments = Moments.zero(table.master(), scope.manager());
                long slice = i == 0 ? HEIGHT : 4;
                AdamWBucket.step(table, gradient(2, 0, 3, 4, 10), moments, settings, slice);
                moved[i] = Tensors.toFloats(table.master());
                assertThat(moments.steps().getFloat()).isEqualTo(1);
            }
            assertThat(moved[1]).isEqualTo(moved[0]);
        }
    }

    private static AdamW optimizer(Trainable trainable, NDManager memory) {
        ParameterGroup group = new ParameterGroup(List.of(trainable), 0.01);
        return new AdamW(AdamWConfig.ofDefaults(), List.of(group), memory);
    }

    @Test
    void addsWhatOtherDevicesSummed() {
        try (Gradients sum = new Gradients(Devices.tested());
                Gradients other = new Gradients(Devices.tested())) {
            TensorScope.run(
                    Devices.tested(),
                    () -> {
                        sum.addRows(
                                "table", new RowGradient(Tensors.of(new long[] {1}, 1), ones(1)));
                        sum.add("bias", Tensors.of(new float[] {1, 2}, 2));
                        other.addRows(
                                "table",
                                new RowGradient(Tensors.of(new long[] {0, 1}, 2), ones(2)));
                        other.add("bias", Tensors.of(new float[] {10, 20}, 2));
                        other.add("alone", Tensors.of(new float[] {5}, 1));
                        sum.addAll(other);
                        assertThat(sum.rows().get("table").rows().toLongArray())
                                .containsExactly(0, 1);
                        assertThat(Tensors.toFloats(sum.rows().get("table").values()))
                                .containsExactly(1, 1, 1, 2, 2, 2);
                        assertThat(Tensors.toFloats(sum.tensors().get("bias")))
                                .containsExactly(11, 22);
                        assertThat(Tensors.toFloats(sum.tensors().get("alone"))).containsExactly(5);
                    });
        }
    }

    private static NDArray ones(int rows) {
        float[] values = new float[rows * WIDTH];
        java.util.Arrays.fill(values, 1);
        return Tensors.of(values, rows, WIDTH);
    }
}

package io.github.icthp.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;

import io.github.icthp.testing.Devices;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

class UpdaterTest {

    private final TensorScope scope = TensorScope.open(Devices.tested());
    private final Gradients gradients = new Gradients(Devices.tested());

    @AfterEach
    void close() {
        gradients.close();
        scope.close();
    }

    @Test
    void clipsToTheGlobalNorm() {
        Updater updater = updater(2, LossScaler.none(), weights("a", 1f), weights("b", 1f));
        gradients.add("a", Tensors.of(new float[] {3}, 1));
        gradients.add("b", Tensors.of(new float[] {4}, 1));
        StepReport report = updater.apply(gradients, () -> "row 1");
        assertThat(report.gradientNorm()).isEqualTo(5);
        assertThat(report.clipFactor()).isCloseTo(2 / 5.000001, within(1e-15));
        NDArray moment = updater.optimizer().state().get("exp_avg.a");
        assertThat(moment.toFloatArray()[0]).isCloseTo(0.1f * 3 * 0.4f, within(1e-6f));
        assertThat(updater.step()).isEqualTo(1);
    }

    @Test
    void sumsMicroBatchesInFloat32() {
        NDArray low = Tensors.cast(Tensors.of(new float[] {1}, 1), DType.BFLOAT16);
        NDArray tiny = Tensors.cast(Tensors.of(new float[] {1f / 1024}, 1), DType.BFLOAT16);
        gradients.add("a", low);
        assertThat(Tensors.dtype(gradients.tensors().get("a"))).isEqualTo(DType.BFLOAT16);
        gradients.add("a", tiny);
        gradients.add("a", Tensors.of(new float[] {1}, 1));
        assertThat(gradients.tensors().get("a").toFloatArray()).containsExactly(2 + 1f / 1024);
        assertThat(gradients.norm()).isEqualTo(2 + 1.0 / 1024);
    }

    @Test
    void sumsGradientsThatShareMemory() {
        NDArray shared = Tensors.of(new float[] {1}, 1);
        gradients.add("a", Autograd.detach(shared));
        gradients.add("b", Autograd.detach(shared));
        gradients.add("a", Tensors.of(new float[] {10}, 1));
        assertThat(gradients.tensors().get("a").toFloatArray()).containsExactly(11);
        assertThat(gradients.tensors().get("b").toFloatArray()).containsExactly(1);
    }

    @Test
    void leavesParametersWithoutGradientAlone() {
        Updater updater = updater(1, LossScaler.none(), weights("a", 1f), weights("b", 1f));
        gradients.add("b", Tensors.of(new float[] {1}, 1));
        updater.apply(gradients, () -> "row 1");
        List<Trainable> parameters = updater.optimizer().parameters();
        assertThat(parameters.get(0).master().toFloatArray()).containsExactly(1f);
        assertThat(parameters.get(1).master().toFloatArray()[0]).isLessThan(1f);
        assertThat(updater.optimizer().state().get("step.a").getFloat()).isZero();
    }

    @Test
    void stopsAtNonFiniteGradients() {
        Updater updater = updater(1, LossScaler.none(), weights("a", 1f));
        gradients.add("a", Tensors.of(new float[] {Float.NaN}, 1));
        assertThatThrownBy(() -> updater.apply(gradients, () -> "rows 4 to 7"))
                .isInstanceOf(DivergenceException.class)
                .hasMessageContaining("step 0")
                .hasMessageContaining("NaN")
                .hasMessageContaining("rows 4 to 7");
        assertThat(updater.optimizer().masters().get("a").toFloatArray()).containsExactly(1f);
    }

    @Test
    void skipsAndCountsOverflowsOfScaledLosses() {
        Updater updater = updater(1, LossScaler.dynamic(), weights("a", 1f));
        gradients.add("a", Tensors.of(new float[] {Float.POSITIVE_INFINITY}, 1));
        assertThat(updater.apply(gradients, () -> "").skipped()).isTrue();
        assertThat(updater.lossScale()).isEqualTo(32_768);
        assertThat(updater.scaler().skipped()).isEqualTo(1);
        assertThat(updater.optimizer().masters().get("a").toFloatArray()).containsExactly(1f);

        gradients.clear();
        gradients.add("a", Tensors.of(new float[] {0.5f * 32_768}, 1));
        StepReport report = updater.apply(gradients, () -> "");
        assertThat(report.gradientNorm()).isEqualTo(0.5);
        assertThat(report.step()).isEqualTo(1);
        assertThat(updater.optimizer().state().get("exp_avg.a").toFloatArray()[0])
                .isCloseTo(0.05f, within(1e-7f));
    }

    @Test
    void resumesFromItsStateBitByBit() {
        Updater whole = updater(1, LossScaler.none(), weights("a", 0.7f));
        Updater half = updater(1, LossScaler.none(), weights("a", 0.7f));
        for (int step = 0; step < 3; step++) {
            step(whole, step);
            step(half, step);
        }
        Updater resumed = updater(1, LossScaler.none(), weights("a", 0f));
        resumed.optimizer()
                .restore(copies(half.optimizer().masters()), copies(half.optimizer().state()));
        resumed.resumeAt(half.step());
        for (int step = 3; step < 6; step++) {
            step(whole, step);
            step(resumed, step);
        }
        assertThat(resumed.optimizer().masters().get("a").toFloatArray())
                .containsExactly(whole.optimizer().masters().get("a").toFloatArray());
    }

    @Test
    void restoreNamesEverythingThatDiffers() {
        AdamW optimizer = updater(1, LossScaler.none(), weights("a", 1f)).optimizer();
        Map<String, NDArray> saved = copies(optimizer.state());
        saved.put("exp_avg.b", saved.remove("exp_avg.a"));
        assertThatThrownBy(() -> optimizer.restore(optimizer.masters(), saved))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("missing exp_avg.a")
                .hasMessageContaining("unknown exp_avg.b");
    }

    @Test
    void copiesFollowTheirMasters() {
        NDArray low = Tensors.cast(Tensors.of(new float[] {1, 2}, 2), DType.BFLOAT16);
        Updater updater = updater(9, LossScaler.none(), Trainable.withMaster("a", low));
        gradients.add("a", Tensors.cast(Tensors.of(new float[] {1, -1}, 2), DType.BFLOAT16));
        updater.apply(gradients, () -> "");
        float[] master = updater.optimizer().masters().get("a").toFloatArray();
        assertThat(master[0]).isBetween(0.88f, 0.9f);
        assertThat(Tensors.toFloats(low)).containsExactly(bfloat16(master[0]), bfloat16(master[1]));
    }

    private static float bfloat16(float value) {
        return Tensors.toFloats(Tensors.cast(Tensors.of(new float[] {value}, 1), DType.BFLOAT16))[
                0];
    }

    private void step(Updater updater, int step) {
        gradients.clear();
        gradients.add("a", Tensors.of(new float[] {(float) Math.sin(step)}, 1));
        updater.apply(gradients, () -> "");
    }

    private static Trainable weights(String name, float value) {
        return Trainable.of(name, Tensors.of(new float[] {value}, 1));
    }

    private Updater updater(double maxNorm, LossScaler scaler, Trainable... parameters) {
        OptimizerConfig config =
                OptimizerConfig.custom()
                        .steps(10)
                        .learningRate(0.1)
                        .weightDecay(0.01)
                        .maxGradientNorm(maxNorm)
                        .build();
        return new Updater(config, List.of(parameters), scaler, scope.manager());
    }

    private static Map<String, NDArray> copies(Map<String, NDArray> tensors) {
        Map<String, NDArray> copies = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> copies.put(name, Tensors.copy(tensor)));
        return copies;
    }
}

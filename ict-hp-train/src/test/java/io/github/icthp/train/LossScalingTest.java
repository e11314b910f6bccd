package io.github.icthp.train;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;

import com.google.common.collect.Maps;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.AdamW;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.LossScaler;
import io.github.icthp.training.StepReport;
import io.github.icthp.training.Updater;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

/** Training in float16 whose scaled gradients overflow. */
class LossScalingTest {

    private static final double TOO_LARGE = Math.scalb(1.0, 40);
    private static final int MOST_SKIPS = 40;

    private final StepCase golden = new StepCase(Golden.sample("training/steps/hp"));
    private TensorScope scope;

    @BeforeEach
    void open() {
        scope = TensorScope.open(Devices.tested());
    }

    @AfterEach
    void close() {
        scope.close();
    }

    private StepEngine trainer() {
        Compute compute = Compute.on(Devices.tested(), DType.FLOAT16, Checkpointing.NONE);
        return golden.trainer(compute, List.of(Devices.tested()), false);
    }

    private StepReport step(StepEngine trainer) {
        try (Gradients gradients = new Gradients(Devices.tested())) {
            trainer.gradients(List.of(golden.batch(0)), gradients);
            return trainer.apply(gradients);
        }
    }

    private static Map<String, float[]> masters(StepEngine trainer) {
        return Maps.transformValues(
                Map.copyOf(copies(trainer.updater().optimizer().masters())), Tensors::toFloats);
    }

    private static Map<String, NDArray> copies(Map<String, NDArray> tensors) {
        return Map.copyOf(Maps.transformValues(tensors, Tensors::copy));
    }

    private static void assertSame(StepEngine trainer, Map<String, float[]> expected) {
        Map<String, float[]> found = masters(trainer);
        expected.forEach((name, values) -> assertThat(found.get(name)).as(name).isEqualTo(values));
    }

    @Test
    void anOverflowSkipsTheStepHalvesTheScaleAndIsCounted() {
        try (StepEngine trainer = trainer()) {
            LossScaler scaler = trainer.updater().scaler();
            scaler.restore(new LossScaler.State(TOO_LARGE, 7, 3));
            Map<String, float[]> before = masters(trainer);

            assertThat(step(trainer).skipped()).isTrue();

            assertThat(scaler.state()).isEqualTo(new LossScaler.State(TOO_LARGE / 2, 0, 4));
            assertThat(trainer.updater().step()).isEqualTo(1);
            assertSame(trainer, before);
        }
    }

    @Test
    void afterOverflowsTrainingGoesOnAndResumesToTheSameBits() {
        try (StepEngine whole = trainer();
                StepEngine resumed = trainer()) {
            whole.updater().scaler().restore(new LossScaler.State(TOO_LARGE, 0, 0));
            Map<String, float[]> before = masters(whole);
            int skips = 0;
            while (step(whole).skipped()) {
                assertThat(++skips).isLessThan(MOST_SKIPS);
            }
            assertThat(skips).isPositive();
            assertThat(whole.updater().scaler().skipped()).isEqualTo(skips);
            assertThat(whole.updater().lossScale()).isEqualTo(Math.scalb(TOO_LARGE, -skips));
            assertThat(masters(whole).keySet())
                    .anySatisfy(
                            name ->
                                    assertThat(masters(whole).get(name))
                                            .isNotEqualTo(before.get(name)));

            restore(resumed, whole.updater());
            step(whole);
            step(resumed);
            assertSame(resumed, masters(whole));
            assertThat(resumed.updater().scaler().state())
                    .isEqualTo(whole.updater().scaler().state());
        }
    }

    private static void restore(StepEngine trainer, Updater saved) {
        AdamW optimizer = saved.optimizer();
        trainer.updater()
                .optimizer()
                .restore(copies(optimizer.masters()), copies(optimizer.state()));
        trainer.updater().scaler().restore(saved.scaler().state());
        trainer.updater().resumeAt(saved.step());
    }
}

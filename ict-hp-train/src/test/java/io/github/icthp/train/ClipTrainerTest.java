package io.github.icthp.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;

import io.github.icthp.testing.Devices;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.train.loss.ContrastiveLoss;
import io.github.icthp.train.loss.LossValue;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.RunListener;
import io.github.icthp.training.RunProgress;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class ClipTrainerTest {

    @TempDir private Path folder;

    private List<Double> losses(long steps, Path output) {
        List<Double> losses = new ArrayList<>();
        Trainers.clip()
                .base(TinyRun.base(folder.resolve("base")))
                .data(new TinyRun.Colors(3, 0))
                .validation(new TinyRun.Colors(3, 0))
                .output(output)
                .seed(5)
                .decodingThreads(1)
                .config(
                        ClipTrainerConfig.ofDefaults()
                                .withOptimizer(o -> o.steps(steps).batchSize(3).learningRate(3e-3)))
                .listener(
                        new RunListener() {
                            @Override
                            public void stepped(Metrics metrics, RunProgress progress) {
                                losses.add(metrics.values().get("loss"));
                            }
                        })
                .train();
        return losses;
    }

    @Test
    void learnsWhichTextBelongsToWhichPicture() {
        List<Double> losses = losses(60, folder.resolve("run"));
        assertThat(losses.get(0)).isGreaterThan(0.8);
        assertThat(losses.get(59)).isLessThan(0.1);
    }

    @Test
    void equalSeedsGiveEqualLosses() {
        assertThat(losses(3, folder.resolve("a"))).isEqualTo(losses(3, folder.resolve("b")));
    }

    /** By hand: cosines 1 and 0.6 on the diagonal, 0 and 0.8 beside it, scale e. */
    @Test
    void lossIsTheMeanOfBothCrossEntropies() {
        try (TensorScope scope = TensorScope.open(Devices.tested())) {
            assertThat(scope).isNotNull();
            NDArray texts = Tensors.of(new float[] {2, 0, 0, 5}, 2, 2);
            NDArray images = Tensors.of(new float[] {1, 0, 4, 3}, 2, 2);
            LossValue loss =
                    Autograd.in(
                            Autograd.Mode.NO_GRADIENT,
                            () -> ContrastiveLoss.of(texts, images, Tensors.of(new float[] {1})));
            double e = Math.E;
            double byText = (softplus(e * (0.8 - 1)) + softplus(e * (0 - 0.6))) / 2;
            double byImage = (softplus(e * (0 - 1)) + softplus(e * (0.8 - 0.6))) / 2;
            assertThat(loss.parts().get("total")).isCloseTo((byText + byImage) / 2, within(1e-6));
            assertThat(loss.parts().get("found")).isEqualTo(1);
        }
    }

    private static double softplus(double x) {
        return Math.log1p(Math.exp(x));
    }
}

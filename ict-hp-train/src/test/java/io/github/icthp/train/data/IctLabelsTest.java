package io.github.icthp.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

import java.util.stream.DoubleStream;

class IctLabelsTest {

    @Test
    void thetaIsTheLeastScoreOfAlignedPairs() {
        assertThat(IctLabels.estimate(DoubleStream.of(0.31, 0.24, 0.28), 0).theta())
                .isEqualTo(0.24);
    }

    @Test
    void aQuantileLeavesOutliersOut() {
        double[] scores = DoubleStream.iterate(0.2, s -> s + 0.001).limit(101).toArray();
        scores[50] = 0.01;
        assertThat(IctLabels.estimate(DoubleStream.of(scores), 0).theta()).isEqualTo(0.01);
        assertThat(IctLabels.estimate(DoubleStream.of(scores), 0.02).theta())
                .isCloseTo(0.201, within(1e-9));
        assertThat(IctLabels.estimate(DoubleStream.of(0.2, 0.4), 0.25).theta())
                .isCloseTo(0.25, within(1e-12));
        assertThat(IctLabels.estimate(DoubleStream.of(0.2, 0.4), 1).theta()).isEqualTo(0.4);
    }

    @Test
    void everyAlignedPairThenHasSimilarityOne() {
        IctLabels labels = IctLabels.estimate(DoubleStream.of(0.22, 0.25, 0.3), 0);
        assertThat(DoubleStream.of(0.22, 0.25, 0.3).map(labels::similarity)).containsOnly(1.0);
        assertThat(labels.similarity(0.11)).isCloseTo(0.5, within(1e-12));
    }

    @Test
    void aCosineRoundedAboveOneStaysATarget() {
        IctTargets targets = new IctLabels(0.2).targets(new ClipScores(0.3, 0.3, 1 + 1e-7));
        assertThat(targets).isEqualTo(new IctTargets(1, 1, 1, 1));
    }

    @Test
    void impossibleThresholdsAreRefused() {
        assertThatThrownBy(() -> new IctLabels(0)).hasMessageContaining("got 0.0");
        assertThatThrownBy(() -> new IctLabels(Double.NaN)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> IctLabels.estimate(DoubleStream.empty(), 0))
                .hasMessageContaining("0 scores");
        assertThatThrownBy(() -> IctLabels.estimate(DoubleStream.of(-0.02, 0.3), 0))
                .hasMessageContaining("-0.02")
                .hasMessageContaining("quantile");
        assertThatThrownBy(() -> IctLabels.estimate(DoubleStream.of(0.3), 1.5))
                .hasMessageContaining("1.5");
        assertThatThrownBy(() -> new ClipScores(0.1, Double.NaN, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}

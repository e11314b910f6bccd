package io.github.icthp.train.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.primitives.ImmutableDoubleArray;

import io.github.icthp.train.evaluation.table.Estimate;

import org.junit.jupiter.api.Test;

import java.util.List;

/** By hand: what the report says of scores. */
class ScoreStatisticsTest {

    @Test
    void anIntervalEndsBetweenTheDrawnValuesAroundItsPercentiles() {
        Estimate estimate = Estimate.of(4, new double[] {16, 1, 8, 2, 4}, 7);
        assertThat(estimate.low()).isCloseTo(1.1, within(1e-12));
        assertThat(estimate.high()).isCloseTo(15.2, within(1e-12));
        assertThat(estimate.prompts()).isEqualTo(7);
        Estimate single = Estimate.of(3, new double[] {3}, 1);
        assertThat(single.low()).isEqualTo(3);
        assertThat(single.high()).isEqualTo(3);
    }

    @Test
    void summarizesScoresInAnyOrder() {
        ScoreSummary summary = ScoreSummary.of(ImmutableDoubleArray.of(4, 1, 7, 2));
        assertThat(summary.mean()).isEqualTo(3.5);
        assertThat(summary.deviation()).isCloseTo(Math.sqrt(7), within(1e-12));
        assertThat(summary.least()).isEqualTo(1);
        assertThat(summary.median()).isEqualTo(3);
        assertThat(summary.greatest()).isEqualTo(7);
        assertThat(ScoreSummary.of(ImmutableDoubleArray.of(5)).deviation()).isZero();
    }

    @Test
    void countsScoresInBinsOfEqualWidth() {
        ScoreHistogram histogram =
                ScoreHistogram.of(
                        List.of(
                                ImmutableDoubleArray.of(2, 2.99),
                                ImmutableDoubleArray.of(3, 17),
                                ImmutableDoubleArray.of(34)));
        assertThat(histogram.low()).isEqualTo(2);
        assertThat(histogram.high()).isEqualTo(34);
        assertThat(histogram.counts()).hasSize(3);
        assertThat(histogram.counts().get(0).length()).isEqualTo(32);
        assertThat(histogram.counts().get(0).get(0)).isEqualTo(2);
        assertThat(histogram.counts().get(1).get(1)).isEqualTo(1);
        assertThat(histogram.counts().get(1).get(15)).isEqualTo(1);
        assertThat(histogram.counts().get(2).get(31)).isEqualTo(1);
    }

    @Test
    void equalScoresGetBinsAroundThem() {
        ScoreHistogram histogram = ScoreHistogram.of(List.of(ImmutableDoubleArray.of(-4, -4)));
        assertThat(histogram.low()).isEqualTo(-6);
        assertThat(histogram.high()).isEqualTo(-2);
        assertThat(histogram.counts().get(0).get(16)).isEqualTo(2);
        ScoreHistogram zeros = ScoreHistogram.of(List.of(ImmutableDoubleArray.of(0)));
        assertThat(zeros.low()).isEqualTo(-5e-4);
        assertThat(zeros.high()).isEqualTo(5e-4);
    }
}

package io.github.icthp.train.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Accuracies and intervals against cases computed by hand. */
class OutcomesTest {

    @Test
    void countsWinsAndHalvesTies() {
        Outcomes outcomes = new Outcomes();
        outcomes.add(1, 2, 3); // all three right
        outcomes.add(3, 2, 1); // all three wrong
        outcomes.add(1, 1, 2); // a tie, then two right
        outcomes.add(0.0, 5, -0.0); // right, wrong, and zeros of either sign tie
        PairAccuracies found = outcomes.accuracies(100, 0);
        assertThat(found.preferredOverRejected().value()).isEqualTo((1 + 0 + 0.5 + 1) / 4);
        assertThat(found.refinedOverPreferred().value()).isEqualTo(2 / 4.0);
        assertThat(found.refinedOverRejected().value()).isEqualTo((1 + 0 + 1 + 0.5) / 4);
        assertThat(found.mean().value()).isEqualTo((2.5 + 2 + 2.5) / 12);
        assertThat(found.preferredOverRejected().ties()).isEqualTo(1);
        assertThat(found.refinedOverPreferred().ties()).isZero();
        assertThat(found.mean().ties()).isEqualTo(2);
        assertThat(found.of(Pair.REFINED_OVER_REJECTED)).isEqualTo(found.refinedOverRejected());
    }

    @Test
    void oneTripletHasIntervalsWithoutWidth() {
        Outcomes outcomes = new Outcomes();
        outcomes.add(1, 2, 2);
        PairAccuracies found = outcomes.accuracies(50, 3);
        assertThat(found.mean()).isEqualTo(new Accuracy(2.5 / 3, 2.5 / 3, 2.5 / 3, 1));
        assertThat(found.refinedOverPreferred()).isEqualTo(new Accuracy(0.5, 0.5, 0.5, 1));
    }

    @Test
    void equalTripletsHaveIntervalsWithoutWidth() {
        Outcomes outcomes = new Outcomes();
        for (int i = 0; i < 1000; i++) {
            outcomes.add(1, 2, 3);
        }
        assertThat(outcomes.accuracies(200, 1).mean()).isEqualTo(new Accuracy(1, 1, 1, 0));
    }

    /**
     * A share p of n independent triplets has a standard error of sqrt(p(1-p)/n), and the
     * percentile interval of many draws comes near p ± 1.96 of them.
     */
    @Test
    void intervalsAreThoseOfTheBinomialDistribution() {
        Outcomes outcomes = new Outcomes();
        int n = 400;
        for (int i = 0; i < n; i++) {
            outcomes.add(i < 300 ? 0 : 2, 1, 3);
        }
        Accuracy found = outcomes.accuracies(4000, 7).preferredOverRejected();
        double error = Math.sqrt(0.75 * 0.25 / n);
        assertThat(found.value()).isEqualTo(0.75);
        assertThat(found.low()).isCloseTo(0.75 - 1.96 * error, within(0.005));
        assertThat(found.high()).isCloseTo(0.75 + 1.96 * error, within(0.005));
    }

    /**
     * Triplets are drawn whole: where two pairs of a triplet are always right together, their mean
     * varies as each of them does; drawn pair by pair it would vary less.
     */
    @Test
    void drawsWholeTriplets() {
        Outcomes outcomes = new Outcomes();
        for (int i = 0; i < 200; i++) {
            if (i % 2 == 0) {
                outcomes.add(1, 2, 3);
            } else {
                outcomes.add(3, 2, 1);
            }
        }
        PairAccuracies found = outcomes.accuracies(2000, 5);
        assertThat(found.mean()).isEqualTo(found.refinedOverRejected());
        assertThat(found.mean().high() - found.mean().low())
                .isCloseTo(2 * 1.96 * Math.sqrt(0.25 / 200), within(0.01));
    }

    @Test
    void aSeedGivesTheSameIntervals() {
        Outcomes outcomes = new Outcomes();
        for (int i = 0; i < 97; i++) {
            outcomes.add(i * 31 % 7, i * 17 % 5, i * 13 % 11);
        }
        assertThat(outcomes.accuracies(300, 11)).isEqualTo(outcomes.accuracies(300, 11));
        assertThat(outcomes.accuracies(300, 11)).isNotEqualTo(outcomes.accuracies(300, 12));
    }
}

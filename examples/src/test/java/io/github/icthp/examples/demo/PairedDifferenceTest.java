package io.github.icthp.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

class PairedDifferenceTest {

    private static final int PAIRS = 400;

    @Test
    void comparesPairByPair() {
        double[] before = {1, 2, 3, 4};
        double[] after = {2, 2, 5, 3};

        PairedDifference found = PairedDifference.of(before, after, List.of("a", "b", "c", "d"), 1);

        assertThat(found.before()).isEqualTo(2.5);
        assertThat(found.after()).isEqualTo(3);
        assertThat(found.difference()).isEqualTo(0.5);
        assertThat(found.wins()).isEqualTo((1 + 0.5 + 1 + 0) / 4);
        assertThat(found.low()).isBetween(-1.0, 0.5);
        assertThat(found.high()).isBetween(0.5, 2.0);
    }

    /** 400 independent differences of deviation 1: a mean's deviation is a twentieth. */
    @Test
    void intervalsOfIndependentPairsAreThoseOfAMean() {
        SplittableRandom random = new SplittableRandom(3);
        double[] after = random.doubles(PAIRS).map(u -> Math.sqrt(12) * (u - 0.5)).toArray();

        PairedDifference found = PairedDifference.of(new double[PAIRS], after, groups(PAIRS), 1);

        assertThat(found.high() - found.low()).isCloseTo(2 * 1.96 / 20, within(0.03));
    }

    /** The same differences, but each of 16 groups has but one: as good as 16 pairs. */
    @Test
    void pairsThatShareAGroupAreWorthOne() {
        SplittableRandom random = new SplittableRandom(3);
        double[] ofGroup = random.doubles(16).map(u -> Math.sqrt(12) * (u - 0.5)).toArray();
        double[] after = IntStream.range(0, PAIRS).mapToDouble(i -> ofGroup[i % 16]).toArray();

        PairedDifference apart = PairedDifference.of(new double[PAIRS], after, groups(PAIRS), 1);
        PairedDifference together = PairedDifference.of(new double[PAIRS], after, groups(16), 1);

        assertThat(together.difference()).isEqualTo(apart.difference());
        assertThat(together.high() - together.low())
                .isCloseTo(5 * (apart.high() - apart.low()), within(0.2));
    }

    @Test
    void refusesUnequalLengths() {
        assertThatThrownBy(() -> PairedDifference.of(new double[2], new double[2], groups(1), 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(
                        () ->
                                PairedDifference.of(
                                        new double[2], new double[1], List.of("a", "b"), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got 2, 1 and 2");
    }

    private static List<String> groups(int count) {
        return IntStream.range(0, PAIRS).mapToObj(i -> "prompt " + i % count).toList();
    }
}

package io.github.icthp.testing;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;

/** The comparison that the golden cases rest on. */
class ExpectedTest {

    private static final float NAN = Float.NaN;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void refusesNanWhereverItStands(int place) {
        float[] actual = {1, 1, 1};
        actual[place] = NAN;
        assertThatThrownBy(() -> close(actual, ones(3)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("at " + place + ": NaN for 1.0");
    }

    @Test
    void keepsTheLargestDifferenceBesideNan() {
        assertThatThrownBy(() -> close(new float[] {9, NAN, 1}, ones(3)))
                .isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> close(new float[] {1, 9, 1, 1.5f}, ones(4)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("at 1: 9.0 for 1.0");
    }

    @Test
    void refusesNanForNanAndNanAsTolerance() {
        assertThatThrownBy(() -> close(new float[] {NAN}, new float[] {NAN}))
                .isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> close(new float[] {1}, new float[] {NAN}))
                .isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> Expected.assertClose("x", ones(1), ones(1), NAN))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("tolerance");
    }

    @Test
    void comparesInfinities() {
        float[] infinity = {Float.POSITIVE_INFINITY};
        assertThatCode(() -> close(infinity, infinity)).doesNotThrowAnyException();
        assertThatThrownBy(() -> close(infinity, new float[] {Float.NEGATIVE_INFINITY}))
                .isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> close(infinity, ones(1))).isInstanceOf(AssertionError.class);
    }

    @Test
    void refusesAnotherLength() {
        assertThatThrownBy(() -> close(ones(2), ones(3))).isInstanceOf(AssertionError.class);
        assertThatCode(() -> close(ones(0), ones(0))).doesNotThrowAnyException();
    }

    @Test
    void takesWhatLiesWithinTheTolerance() {
        assertThatCode(() -> close(new float[] {1.05f, 0.95f}, ones(2))).doesNotThrowAnyException();
    }

    private static void close(float[] actual, float[] expected) {
        Expected.assertClose("x", actual, expected, 0.1);
    }

    private static float[] ones(int length) {
        float[] ones = new float[length];
        Arrays.fill(ones, 1);
        return ones;
    }
}

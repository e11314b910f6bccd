package io.github.icthp.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LrScheduleTest {

    @Test
    void warmsUpFromZero() {
        LrSchedule schedule = LrSchedule.constant(3e-5, 4);
        assertThat(schedule.rate(0)).isZero();
        assertThat(schedule.rate(1)).isCloseTo(0.75e-5, within(1e-20));
        assertThat(schedule.rate(4)).isEqualTo(3e-5);
        assertThat(schedule.rate(1_000_000)).isEqualTo(3e-5);
        assertThat(LrSchedule.constant(3e-5, 0).rate(0)).isEqualTo(3e-5);
    }

    @Test
    void fallsInALine() {
        LrSchedule schedule = LrSchedule.linear(1, 10, 30);
        assertThat(schedule.rate(5)).isEqualTo(0.5);
        assertThat(schedule.rate(10)).isEqualTo(1);
        assertThat(schedule.rate(15)).isEqualTo(0.75);
        assertThat(schedule.rate(30)).isZero();
        assertThat(schedule.rate(31)).isZero();
    }

    @Test
    void fallsAlongACosine() {
        LrSchedule schedule = LrSchedule.cosine(2, 0, 8);
        assertThat(schedule.rate(0)).isEqualTo(2);
        assertThat(schedule.rate(2)).isCloseTo(1 + Math.sqrt(0.5), within(1e-15));
        assertThat(schedule.rate(4)).isCloseTo(1, within(1e-15));
        assertThat(schedule.rate(8)).isZero();
        assertThat(schedule.rate(9)).isZero();
    }

    @Test
    void refusesScheduleThatEndsBeforeItsWarmUp() {
        assertThatThrownBy(() -> LrSchedule.cosine(1, 10, 10))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("COSINE")
                .hasMessageContaining("got 10");
        assertThatThrownBy(() -> LrSchedule.constant(Double.NaN, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NaN");
    }
}

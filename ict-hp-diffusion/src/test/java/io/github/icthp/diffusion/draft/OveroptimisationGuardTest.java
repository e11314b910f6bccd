package io.github.icthp.diffusion.draft;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OveroptimisationGuardTest {

    @Test
    void stopsWhenHeldOutFallsWhileTrainedRises() {
        OveroptimisationGuard guard = new OveroptimisationGuard(2);
        guard.evaluated(0.1, 0.5);
        assertThat(guard.stops()).isFalse();
        guard.evaluated(0.2, 0.4);
        assertThat(guard.stops()).isFalse();
        guard.evaluated(0.3, 0.3);
        assertThat(guard.stops()).isTrue();
    }

    @Test
    void goesOnWhileHeldOutRisesOnce() {
        OveroptimisationGuard guard = new OveroptimisationGuard(2);
        guard.evaluated(0.1, 0.5);
        guard.evaluated(0.2, 0.4);
        guard.evaluated(0.3, 0.45);
        assertThat(guard.stops()).isFalse();
        guard.evaluated(0.4, 0.4);
        assertThat(guard.stops()).isFalse();
        guard.evaluated(0.5, 0.3);
        assertThat(guard.stops()).isTrue();
    }

    @Test
    void goesOnWhenBothFall() {
        OveroptimisationGuard guard = new OveroptimisationGuard(1);
        guard.evaluated(0.3, 0.5);
        guard.evaluated(0.2, 0.4);
        assertThat(guard.stops()).isFalse();
    }

    @Test
    void neverStopsWithoutPatience() {
        OveroptimisationGuard guard = new OveroptimisationGuard(0);
        guard.evaluated(0.1, 0.5);
        guard.evaluated(0.2, 0.4);
        assertThat(guard.stops()).isFalse();
    }

    @Test
    void remembersAcrossAResume() {
        OveroptimisationGuard guard = new OveroptimisationGuard(2);
        guard.evaluated(0.1, 0.5);
        guard.evaluated(0.2, 0.4);
        OveroptimisationGuard resumed = new OveroptimisationGuard(2);
        resumed.restore(guard.state());
        assertThat(resumed.stops()).isFalse();
        resumed.evaluated(0.3, 0.3);
        assertThat(resumed.stops()).isTrue();
    }
}

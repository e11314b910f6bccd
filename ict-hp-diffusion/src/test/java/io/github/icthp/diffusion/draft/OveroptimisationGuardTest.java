package io.github.icthp.diffusion.draft;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OveroptimisationGuardTest {

    @Test
    void stopsWhenHeldOutFallsWhileTrainedRises() {
        OveroptimisationGuard guard = new OveroptimisationGuard(2);
        assertThat(guard.stopAfter(0.1, 0.5)).isFalse();
        assertThat(guard.stopAfter(0.2, 0.4)).isFalse();
        assertThat(guard.stopAfter(0.3, 0.3)).isTrue();
    }

    @Test
    void goesOnWhileHeldOutRisesOnce() {
        OveroptimisationGuard guard = new OveroptimisationGuard(2);
        guard.stopAfter(0.1, 0.5);
        guard.stopAfter(0.2, 0.4);
        assertThat(guard.stopAfter(0.3, 0.45)).isFalse();
        assertThat(guard.stopAfter(0.4, 0.4)).isFalse();
        assertThat(guard.stopAfter(0.5, 0.3)).isTrue();
    }

    @Test
    void goesOnWhenBothFall() {
        OveroptimisationGuard guard = new OveroptimisationGuard(1);
        guard.stopAfter(0.3, 0.5);
        assertThat(guard.stopAfter(0.2, 0.4)).isFalse();
    }

    @Test
    void neverStopsWithoutPatience() {
        OveroptimisationGuard guard = new OveroptimisationGuard(0);
        guard.stopAfter(0.1, 0.5);
        assertThat(guard.stopAfter(0.2, 0.4)).isFalse();
    }

    @Test
    void remembersAcrossAResume() {
        OveroptimisationGuard guard = new OveroptimisationGuard(2);
        guard.stopAfter(0.1, 0.5);
        guard.stopAfter(0.2, 0.4);
        OveroptimisationGuard resumed = new OveroptimisationGuard(2);
        resumed.restore(guard.state());
        assertThat(resumed.stopAfter(0.3, 0.3)).isTrue();
    }
}

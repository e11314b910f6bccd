package io.github.icthp.diffusion.draft;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;

import org.junit.jupiter.api.Test;

import java.util.Map;

class OveroptimizationGuardTest {

    private long step;

    private void evaluated(OveroptimizationGuard guard, double trained, double heldOut) {
        guard.trained(trained);
        guard.evaluated(++step, Map.of("reward", trained, "held_out_reward", heldOut));
    }

    @Test
    void stopsWhenHeldOutFallsWhileTrainedRises() {
        OveroptimizationGuard guard = new OveroptimizationGuard(2);
        evaluated(guard, 0.1, 0.5);
        assertThat(guard.reason()).isEmpty();
        evaluated(guard, 0.2, 0.4);
        assertThat(guard.reason()).isEmpty();
        evaluated(guard, 0.3, 0.3);
        assertThat(guard.reason()).isPresent();
    }

    @Test
    void goesOnWhileHeldOutRisesOnce() {
        OveroptimizationGuard guard = new OveroptimizationGuard(2);
        evaluated(guard, 0.1, 0.5);
        evaluated(guard, 0.2, 0.4);
        evaluated(guard, 0.3, 0.45);
        assertThat(guard.reason()).isEmpty();
        evaluated(guard, 0.4, 0.4);
        assertThat(guard.reason()).isEmpty();
        evaluated(guard, 0.5, 0.3);
        assertThat(guard.reason()).isPresent();
    }

    @Test
    void goesOnWhenBothFall() {
        OveroptimizationGuard guard = new OveroptimizationGuard(1);
        evaluated(guard, 0.3, 0.5);
        evaluated(guard, 0.2, 0.4);
        assertThat(guard.reason()).isEmpty();
    }

    @Test
    void neverStopsWithoutPatience() {
        OveroptimizationGuard guard = new OveroptimizationGuard(0);
        evaluated(guard, 0.1, 0.5);
        evaluated(guard, 0.2, 0.4);
        assertThat(guard.reason()).isEmpty();
    }

    @Test
    void remembersAcrossAResume() {
        OveroptimizationGuard guard = new OveroptimizationGuard(2);
        evaluated(guard, 0.1, 0.5);
        evaluated(guard, 0.2, 0.4);
        OveroptimizationGuard resumed = new OveroptimizationGuard(2);
        JsonObject state = new JsonObject();
        guard.save(state);
        resumed.restore(state);
        assertThat(resumed.isBest(1)).isTrue();
        assertThat(resumed.best()).isEqualTo(0.5);
        assertThat(resumed.reason()).isEmpty();
        evaluated(resumed, 0.3, 0.3);
        assertThat(resumed.reason()).isPresent();
    }
}

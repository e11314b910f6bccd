package io.github.icthp.training;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;

class SeedsTest {

    @Test
    void dependsOnEveryArgument() {
        Set<Long> seeds = new HashSet<>();
        for (long seed = -1; seed <= 2; seed++) {
            for (long step = 0; step < 1_000; step++) {
                seeds.add(Seeds.derive(seed, step, "dropout"));
                seeds.add(Seeds.derive(seed, step, "latents"));
            }
        }
        assertThat(seeds).hasSize(8_000);
    }

    /** Runs of earlier versions must resume: these numbers never change. */
    @Test
    void isTheSameInEveryVersion() {
        assertThat(Seeds.derive(42, 7, "latents")).isEqualTo(2676816458273092124L);
        assertThat(Seeds.random(42, 7, "latents").nextLong())
                .isEqualTo(new SplittableRandom(2676816458273092124L).nextLong());
    }
}

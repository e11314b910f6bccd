package io.github.icthp.diffusion.draft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.diffusion.draft.Unrolling.Jump;
import io.github.icthp.diffusion.draft.Unrolling.LastK;
import io.github.icthp.diffusion.draft.Unrolling.LowVariance;
import io.github.icthp.diffusion.draft.Unrolling.RandomK;

import org.junit.jupiter.api.Test;

import java.util.Set;
import java.util.TreeSet;

class UnrollingTest {

    @Test
    void drawsEveryKOncePerSeed() {
        RandomK random = new RandomK(2, 4);
        Set<Integer> drawn = new TreeSet<>();
        for (long seed = 0; seed < 100; seed++) {
            Unrolling first = random.draw(8, seed);
            assertThat(random.draw(8, seed)).isEqualTo(first);
            drawn.add(((LastK) first).k());
        }
        assertThat(drawn).containsExactly(2, 3, 4);
    }

    @Test
    void drawsEveryStepOfAJump() {
        Set<Integer> drawn = new TreeSet<>();
        for (long seed = 0; seed < 100; seed++) {
            Jump jump = (Jump) new Jump(5, 7).draw(8, seed);
            assertThat(jump.first()).isEqualTo(jump.last());
            drawn.add(jump.first());
        }
        assertThat(drawn).containsExactly(5, 6, 7);
    }

    @Test
    void leavesNothingElseToChance() {
        assertThat(new LastK(3).draw(8, 1)).isEqualTo(new LastK(3));
        assertThat(new LowVariance(2).draw(8, 1)).isEqualTo(new LowVariance(2));
    }

    @Test
    void refusesWhatDoesNotFitTheSteps() {
        assertThatThrownBy(() -> new LastK(0).check(8)).hasMessageContaining("1..8, got 0");
        assertThatThrownBy(() -> new LastK(9).check(8)).hasMessageContaining("1..8, got 9");
        assertThatThrownBy(() -> new RandomK(3, 2).check(8)).hasMessageContaining("got 3 and 2");
        assertThatThrownBy(() -> new Jump(0, 8).check(8)).hasMessageContaining("got 0 and 8");
        assertThatThrownBy(() -> new LowVariance(0).check(8)).hasMessageContaining("got 0");
    }
}

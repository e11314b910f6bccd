package io.github.icthp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The verb sample, which needs nothing. */
class SampleCommandTest {

    @Test
    void scoresDrawnPicturesAndSaysThatTheNumbersMeanNothing() {
        Ran ran = Ran.command("sample");
        assertThat(ran.exit()).isZero();
        assertThat(ran.out())
                .contains("rejected", "preferred", "refined", "the numbers mean nothing");
    }

    @Test
    void givesTheSameNumbersEachTime() {
        Ran ran = Ran.command("sample", "--json");
        assertThat(ran.json()).hasSize(3);
        assertThat(Ran.command("sample", "--json").out()).isEqualTo(ran.out());
        assertThat(ran.err()).contains("the numbers mean nothing");
    }
}

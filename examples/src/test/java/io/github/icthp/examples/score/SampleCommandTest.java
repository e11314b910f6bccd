package io.github.icthp.examples.score;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.icthp.examples.Ran;

import org.junit.jupiter.api.Test;

/** The verb sample, which needs nothing. */
class SampleCommandTest {

    @Test
    void prefersTheRichPictureOfADrawnTriplet() {
        Ran ran = Ran.command("sample", "--json");
        double[] scores =
                ran.json().stream()
                        .mapToDouble(image -> image.getAsJsonObject().get("combined").getAsDouble())
                        .toArray();
        assertThat(scores).hasSize(3);
        assertThat(scores[2]).isGreaterThan(scores[0]).isGreaterThan(scores[1]);
        assertThat(Ran.command("sample").out())
                .contains("rejected", "preferred", "refined", "prompt: ", "know a drawn world");
    }

    @Test
    void givesTheSameNumbersEachTime() {
        Ran ran = Ran.command("sample", "--json");
        assertThat(ran.json()).hasSize(3);
        assertThat(Ran.command("sample", "--json").out()).isEqualTo(ran.out());
        assertThat(ran.err()).contains("know a drawn world");
    }
}

package io.github.icthp.examples.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.icthp.examples.console.ProgressText.Count;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class ProgressTextTest {

    private final ProgressText images = new ProgressText(" images");

    private String line(Count count, Duration elapsed, int room) {
        return images.line("scoring", count, elapsed, "", room);
    }

    @Test
    void theLastLineTellsCountTimeAndPace() {
        assertThat(line(new Count(0, 48, 48), Duration.ofSeconds(4), 100))
                .isEqualTo(
                        "scoring [" + "=".repeat(40) + "] 48/48 images (0:00:04, 12.0 images/s)");
    }

    @Test
    void whatIsNotKnownYetIsLeftOut() {
        assertThat(line(new Count(0, 0, 48), Duration.ZERO, 100)).doesNotContain("?", "/s");
        assertThat(line(new Count(0, 1, 48), Duration.ofMillis(1), 100)).doesNotContain("?", "/s");
        assertThat(line(new Count(0, 3, 0), Duration.ofSeconds(2), 100))
                .isEqualTo("scoring 3 images (0:00:02, 1.5 images/s)");
    }

    @Test
    void aBarForWhichThereIsNoRoomIsLeftOut() {
        assertThat(line(new Count(0, 1, 1), Duration.ofSeconds(1), 45))
                .isEqualTo("scoring 1/1 images (0:00:01, 1.0 images/s)");
        assertThat(line(new Count(0, 1, 1), Duration.ofSeconds(1), 9)).isEqualTo("scoring 1");
    }

    @Test
    void stepsOfAnEarlierRunAreNoPace() {
        assertThat(line(new Count(100, 110, 200), Duration.ofSeconds(5), 100))
                .contains("110/200", "2.0 images/s");
    }
}

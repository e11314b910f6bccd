package io.github.icthp.train.pickhigh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.train.pickhigh.LanguageModelException.Kind;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.http.HttpHeaders;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

class RetryAfterTest {

    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

    @TempDir private Path temporary;

    private static Optional<Duration> of(String value) {
        return RetryAfter.of(
                HttpHeaders.of(Map.of("retry-after", List.of(value)), (a, b) -> true), NOW);
    }

    @Test
    void readsSecondsAndDates() {
        assertThat(of("7")).contains(Duration.ofSeconds(7));
        assertThat(of(" 0 ")).contains(Duration.ZERO);
        assertThat(of("Mon, 30 Nov 2026 12:01:30 GMT")).contains(Duration.ofSeconds(90));
        assertThat(of("Mon, 30 Nov 2026 11:00:00 GMT")).contains(Duration.ZERO);
        assertThat(of(Long.toString(Long.MAX_VALUE))).contains(Duration.ofDays(365));
    }

    @Test
    void ignoresWhatCannotBeRead() {
        for (String value : List.of("", "-3", "1.5", "soon", "30 Nov", "99999999999999999999")) {
            assertThat(of(value)).as(value).isEmpty();
        }
        assertThat(RetryAfter.of(HttpHeaders.of(Map.of(), (a, b) -> true), NOW)).isEmpty();
    }

    @Test
    void waitsAsLongAsAskedWithinABound() {
        List<Duration> waits = new ArrayList<>();
        Pauses pauses = new Pauses(Duration.ofSeconds(1), waits::add);
        for (int attempt = 1; attempt <= 9; attempt++) {
            pauses.after(attempt, Duration.ZERO);
        }
        assertThat(waits)
                .extracting(Duration::toSeconds)
                .containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 64L, 64L, 64L);
        waits.clear();
        pauses.after(1, Duration.ofSeconds(20));
        pauses.after(6, Duration.ofSeconds(20));
        pauses.after(1, Duration.ofHours(5));
        assertThat(waits)
                .containsExactly(
                        Duration.ofSeconds(20), Duration.ofSeconds(32), Pauses.LONGEST_ASKED_FOR);
    }

    @Test
    void reachesTheBuildFromTheModel() {
        List<Duration> waits = new ArrayList<>();
        LanguageModel busy =
                new LanguageModel() {
                    @Override
                    public String name() {
                        return "busy";
                    }

                    @Override
                    public Answer ask(String instructions, String request)
                            throws LanguageModelException {
                        throw new LanguageModelException(
                                Kind.TRANSIENT, "HTTP 429", Duration.ofSeconds(9));
                    }
                };
        Asker asker =
                new Asker(busy, temporary, 3, new Pauses(Duration.ofSeconds(1), waits::add), 0);
        assertThatThrownBy(() -> asker.ask(new Templates.Question("a", "b")))
                .hasMessage("no answer in 3 tries: HTTP 429");
        assertThat(waits).containsExactly(Duration.ofSeconds(9), Duration.ofSeconds(9));
    }
}

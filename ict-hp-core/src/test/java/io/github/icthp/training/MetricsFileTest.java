package io.github.icthp.training;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;

class MetricsFileTest {

    private static final Clock CLOCK =
            Clock.fixed(Instant.ofEpochMilli(1_500_000_000_250L), ZoneOffset.UTC);

    @TempDir Path temp;

    @Test
    void writesOneObjectALine() throws IOException {
        Path file = temp.resolve("metrics.jsonl");
        try (MetricsFile metrics = new MetricsFile(file, 0, CLOCK)) {
            metrics.write(new Metrics(1, Metrics.TRAIN, Map.of("loss", 0.5)));
            metrics.write(new Metrics(1, Metrics.EVALUATE, Map.of("loss", Double.NaN)));
        }
        assertThat(Files.readAllLines(file))
                .containsExactly(
                        "{\"step\":1,\"phase\":\"train\",\"time\":1.50000000025E9,\"loss\":0.5}",
                        "{\"step\":1,\"phase\":\"evaluate\",\"time\":1.50000000025E9,\"loss\":\"NaN\"}");
        assertThat(MetricsFile.read(file))
                .containsExactly(
                        new Metrics(1, Metrics.TRAIN, Map.of("loss", 0.5)),
                        new Metrics(1, Metrics.EVALUATE, Map.of("loss", Double.NaN)));
    }

    @Test
    void dropsWhatAKilledRunWroteAfterItsCheckpoint() throws IOException {
        Path file = temp.resolve("metrics.jsonl");
        try (MetricsFile metrics = new MetricsFile(file, 0)) {
            for (int step = 1; step <= 4; step++) {
                metrics.write(new Metrics(step, Metrics.TRAIN, Map.of("loss", 1.0 / step)));
            }
        }
        Files.writeString(file, "{\"step\":5,\"pha", StandardOpenOption.APPEND);
        try (MetricsFile metrics = new MetricsFile(file, 2)) {
            metrics.write(new Metrics(3, Metrics.TRAIN, Map.of("loss", 7.0)));
        }
        assertThat(MetricsFile.read(file))
                .extracting(metrics -> metrics.step() + " " + metrics.values().get("loss"))
                .containsExactly("1 1.0", "2 0.5", "3 7.0");
    }
}

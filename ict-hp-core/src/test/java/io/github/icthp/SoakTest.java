package io.github.icthp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/** Many threads score with one model; {@code -Dsoak.seconds=60} soaks for a minute. */
class SoakTest {

    private static final int THREADS = 64;
    private static final double TOLERANCE = 1e-5;

    @TempDir Path temporary;

    @Test
    void threadsFindTheScoresOfASerialRun() throws Exception {
        Duration length = Duration.ofSeconds(Long.getLong("soak.seconds", 3));
        List<PromptImage> pairs = TinyReward.pairs(12);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (RewardModel model = TinyReward.open(temporary)) {
            List<RewardScore> serial = pairs.stream().map(model::score).toList();
            Instant end = Instant.now().plus(length);
            List<Future<Integer>> running = new ArrayList<>();
            for (int t = 0; t < THREADS; t++) {
                long seed = t;
                running.add(threads.submit(() -> soak(model, serial, pairs, seed, end)));
            }
            for (Future<Integer> thread : running) {
                assertThat(thread.get()).isPositive();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Scores single pictures and streams in an order of its own; returns how many rounds. */
    private static int soak(
            RewardModel model,
            List<RewardScore> serial,
            List<PromptImage> pairs,
            long seed,
            Instant end) {
        SplittableRandom random = new SplittableRandom(seed);
        int rounds = 0;
        do {
            int one = random.nextInt(pairs.size());
            same(model.score(pairs.get(one)), serial.get(one));
            int first = random.nextInt(pairs.size());
            try (Stream<RewardScore> scores =
                    model.scoreAll(pairs.subList(first, pairs.size()).stream())) {
                List<RewardScore> found = scores.toList();
                for (int i = 0; i < found.size(); i++) {
                    same(found.get(i), serial.get(first + i));
                }
            }
            rounds++;
        } while (Instant.now().isBefore(end));
        return rounds;
    }

    private static void same(RewardScore found, RewardScore expected) {
        assertThat(found.error()).isEmpty();
        assertThat(found.image()).isEqualTo(expected.image());
        assertThat(found.prompt()).isEqualTo(expected.prompt());
        assertThat(found.ict()).isCloseTo(expected.ict(), within(TOLERANCE));
        assertThat(found.hp()).isCloseTo(expected.hp(), within(TOLERANCE));
    }
}

package io.github.icthp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.icthp.clip.Activation;
import io.github.icthp.clip.ClipConfig;
import io.github.icthp.clip.EncoderConfig;
import io.github.icthp.clip.FreshClip;
import io.github.icthp.testing.Devices;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** How far a score depends on what else is scored, in every precision. */
class ScoreIndependenceTest {

    @TempDir static Path folder;

    private static final List<String> PROMPTS =
            List.of(
                    "a ball",
                    "a red ball on a wooden table beside an open window in the morning light",
                    "cat",
                    "a very long and winding road through hills, forests, villages and fields, seen"
                            + " from above on a clear day in late autumn, painted in oil",
                    "two dogs");

    /** Of a width that the processor packs. */
    @BeforeAll
    static void write() {
        EncoderConfig text = new EncoderConfig(64, 128, 3, 2, Activation.GELU, 1e-5);
        EncoderConfig vision = new EncoderConfig(128, 256, 3, 2, Activation.GELU, 1e-5);
        FreshClip.write(new ClipConfig(text, 49408, 77, 49407, vision, 56, 14, 64), 3, folder);
    }

    private static RewardModel open(Precision precision, int batch) {
        return RewardModel.ict()
                .ict(folder)
                .device(Devices.tested())
                .precision(precision)
                .batch(batch)
                .build();
    }

    private static List<PromptImage> pairs() {
        List<PromptImage> pictures = TinyReward.pairs(19);
        return IntStream.range(0, pictures.size())
                .mapToObj(
                        i ->
                                new PromptImage(
                                        PROMPTS.get(i % PROMPTS.size()), pictures.get(i).image()))
                .toList();
    }

    private static Map<String, Double> all(RewardModel model, List<PromptImage> pairs) {
        Map<String, Double> values = new HashMap<>();
        try (Stream<RewardScore> scores = model.scoreAll(pairs.stream())) {
            scores.forEach(score -> values.put(score.image(), score.value()));
        }
        assertThat(values).hasSameSizeAs(pairs);
        return values;
    }

    private static Map<String, Double> alone(RewardModel model, List<PromptImage> pairs) {
        Map<String, Double> values = new HashMap<>();
        pairs.forEach(pair -> values.put(pair.image().name(), model.score(pair).value()));
        return values;
    }

    private static List<PromptImage> shuffled(List<PromptImage> pairs) {
        List<PromptImage> others = new ArrayList<>(pairs);
        Collections.shuffle(others, new Random(5));
        return others;
    }

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"FP32", "BF16", "FP16"})
    void aScoreAloneIsAlwaysTheSame(Precision precision) {
        try (RewardModel fresh = open(precision, 8);
                RewardModel used = open(precision, 8)) {
            assertThat(all(used, pairs())).isNotEmpty();
            assertThat(alone(used, shuffled(pairs()))).isEqualTo(alone(fresh, pairs()));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"FP32", "BF16", "FP16"})
    void inBatchesOfOneCompanyChangesNoBit(Precision precision) {
        try (RewardModel one = open(precision, 1);
                RewardModel eight = open(precision, 8)) {
            Map<String, Double> together = all(one, pairs());
            assertThat(together).isEqualTo(alone(eight, pairs()));
            assertThat(all(one, shuffled(pairs()))).isEqualTo(together);
        }
    }

    @ParameterizedTest
    @CsvSource({"FP32, 1e-6", "BF16, 1e-3", "FP16, 1e-3"})
    void inBatchesCompanyChangesRoundingAlone(Precision precision, double tolerance) {
        try (RewardModel model = open(precision, 8)) {
            Map<String, Double> alone = alone(model, pairs());
            for (List<PromptImage> pairs : List.of(pairs(), shuffled(pairs()))) {
                all(model, pairs)
                        .forEach(
                                (image, value) ->
                                        assertThat(value)
                                                .as(image)
                                                .isCloseTo(alone.get(image), within(tolerance)));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"FP32", "BF16", "FP16"})
    void promptsAreComparedAsIfAlone(Precision precision) {
        try (RewardModel fresh = open(precision, 8);
                RewardModel used = open(precision, 8)) {
            List<String> first = List.of(PROMPTS.get(0));
            List<String> second = List.of(PROMPTS.get(2));
            double[] batch = used.promptCosines(PROMPTS, PROMPTS);
            assertThat(batch).hasSize(PROMPTS.size());
            assertThat(used.promptCosines(first, second))
                    .containsExactly(fresh.promptCosines(first, second));
        }
    }
}

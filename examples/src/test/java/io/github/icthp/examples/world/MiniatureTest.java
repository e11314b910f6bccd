package io.github.icthp.examples.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import io.github.icthp.ImageSource;
import io.github.icthp.Miniature;
import io.github.icthp.Precision;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;
import io.github.icthp.train.RewardTrainer;
import io.github.icthp.train.data.Split;
import io.github.icthp.train.data.TripletBatch;
import io.github.icthp.train.data.TripletLoader;
import io.github.icthp.train.evaluation.Evaluation;
import io.github.icthp.train.evaluation.EvaluationResult;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.RunListener;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** The models that ship: what they can do, and that the same code makes them. */
class MiniatureTest {

    /** A world that neither training nor choosing has seen, in the part kept for testing. */
    private static final WorldSplit HELD_OUT =
            DrawnWorld.seed(1000).side(MiniatureConfig.SIDE).split(Split.TEST);

    private static final int SCENES = 400;

    @TempDir private Path folder;

    @Test
    void theRewardsCureTheParadoxThatPlainClipShows() {
        try (RewardModel clip =
                        RewardModel.ict().ict(Miniature.clip()).precision(Precision.FP32).build();
                RewardModel rewards =
                        RewardModel.combined().miniature().precision(Precision.FP32).build()) {
            EvaluationResult found =
                    Evaluation.of(HELD_OUT)
                            .limit(SCENES)
                            .resamples(10)
                            .clip(clip)
                            .combined(rewards)
                            .run();
            assertThat(found.reward("ICT-HP").easy().mean().value()).isGreaterThan(0.9);
            assertThat(found.reward("ICT-HP").easy().refinedOverPreferred().value())
                    .isGreaterThan(0.94);
            assertThat(found.reward("CLIP").easy().refinedOverPreferred().value()).isLessThan(0.30);
            assertThat(found.reward("CLIP").easy().mean().value()).isLessThan(0.65);
            assertThat(found.reward("ICT").easy().refinedOverPreferred().value())
                    .isGreaterThan(0.70);
            assertThat(found.reward("ICT").easy().mean().value()).isGreaterThan(0.85);
        }
    }

    /**
     * Where the preferred picture is right, ICT finds as much of the prompt in it as in the rich
     * one.
     */
    @Test
    void richAndPlainPicturesContainTheirPromptAlike() {
        List<Scene> right =
                LongStream.range(0, SCENES)
                        .mapToObj(HELD_OUT::scene)
                        .filter(scene -> !scene.misses())
                        .toList();
        try (RewardModel ict = RewardModel.ict().miniature().precision(Precision.FP32).build()) {
            double plain = mean(ict, right, Scene::preferred);
            double rich = mean(ict, right, Scene::refined);
            assertThat(rich).isCloseTo(plain, within(0.02));
        }
    }

    private static double mean(
            RewardModel model, List<Scene> scenes, Function<Scene, BufferedImage> picture) {
        Stream<PromptImage> pairs =
                scenes.stream()
                        .map(
                                scene ->
                                        new PromptImage(
                                                scene.easyPrompt(),
                                                ImageSource.of("drawing", picture.apply(scene))));
        try (Stream<RewardScore> scores = model.scoreAll(pairs)) {
            return scores.mapToDouble(RewardScore::value).average().orElseThrow();
        }
    }

    @Test
    void trainingAnewFollowsTheRecordedLosses() throws IOException {
        JsonObject record =
                JsonParser.parseString(Files.readString(Miniature.clip().resolve("record.json")))
                        .getAsJsonObject()
                        .getAsJsonObject("clip");
        JsonArray losses = record.getAsJsonArray("first_losses");
        MiniatureTraining training =
                new MiniatureTraining(
                        folder,
                        record.get("seed").getAsLong(),
                        MiniatureConfig.shipped(),
                        new RunListener() {});
        try (RewardTrainer trainer = training.clipTrainer().build();
                Gradients gradients = new Gradients(trainer.device());
                TripletLoader loader =
                        TripletLoader.of(training.pretrainingWorld(), MiniatureTraining.reader())
                                .batchSize(MiniatureConfig.PAIRS)
                                .threads(1)
                                .build()) {
            for (int step = 0; step < 3; step++) {
                try (TripletBatch batch = loader.next()) {
                    double loss =
                            trainer.gradients(List.of(trainer.inputs(batch)), gradients)
                                    .get("total");
                    trainer.apply(gradients);
                    gradients.clear();
                    assertThat(loss).isCloseTo(losses.get(step).getAsDouble(), within(2e-3));
                }
            }
        }
    }
}

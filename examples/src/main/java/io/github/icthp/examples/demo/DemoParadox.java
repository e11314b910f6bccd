package io.github.icthp.examples.demo;

import io.github.icthp.ImageSource;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;
import io.github.icthp.diffusion.Miniature;
import io.github.icthp.examples.world.DrawnWorld;
import io.github.icthp.examples.world.Scene;
import io.github.icthp.examples.world.WorldSplit;
import io.github.icthp.train.data.Split;
import io.github.icthp.train.evaluation.Evaluation;
import io.github.icthp.train.evaluation.EvaluationResult;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What rewards think of drawn triplets that none was trained on.
 *
 * @param accuracy how often each prefers the better picture
 * @param shown a few triplets with every reward's scores
 */
record DemoParadox(EvaluationResult accuracy, List<Shown> shown) {

    private static final int SHOWN = 4;

    /**
     * A triplet.
     *
     * @param scene what is drawn
     * @param images I1, I2 and I3
     * @param scores of the three, by the reward's name
     */
    record Shown(Scene scene, List<BufferedImage> images, Map<String, List<Double>> scores) {}

    static DemoParadox of(DemoRewards rewards, DemoSettings settings) {
        DrawnWorld world = DrawnWorld.seed(settings.seed()).side(Miniature.SIDE);
        return of(rewards, world.split(Split.TEST), settings.triplets(), settings.seed());
    }

    /** Asks the rewards about the first triplets of a world. */
    static DemoParadox of(DemoRewards rewards, WorldSplit world, int triplets, long seed) {
        try (RewardModel clip = rewards.open(DemoRewards.CLIP);
                RewardModel combined = rewards.open(DemoRewards.COMBINED)) {
            EvaluationResult accuracy =
                    Evaluation.of(world)
                            .clip(clip)
                            .combined(combined)
                            .limit(triplets)
                            .seed(seed)
                            .run();
            List<Shown> shown = new ArrayList<>();
            for (int i = 0; i < SHOWN; i++) {
                shown.add(shown(world.scene(i), clip, combined));
            }
            return new DemoParadox(accuracy, shown);
        }
    }

    private static Shown shown(Scene scene, RewardModel clip, RewardModel combined) {
        List<BufferedImage> images = List.of(scene.rejected(), scene.preferred(), scene.refined());
        Map<String, List<Double>> scores = new LinkedHashMap<>();
        List<RewardScore> plain = scores(clip, scene, images);
        List<RewardScore> both = scores(combined, scene, images);
        scores.put(DemoRewards.CLIP, plain.stream().map(RewardScore::value).toList());
        scores.put(DemoRewards.ICT, both.stream().map(RewardScore::ict).toList());
        scores.put(DemoRewards.HP, both.stream().map(RewardScore::hp).toList());
        scores.put(DemoRewards.COMBINED, both.stream().map(RewardScore::combined).toList());
        return new Shown(scene, images, scores);
    }

    private static List<RewardScore> scores(
            RewardModel model, Scene scene, List<BufferedImage> images) {
        Stream<PromptImage> pairs =
                images.stream()
                        .map(
                                image ->
                                        new PromptImage(
                                                scene.easyPrompt(),
                                                ImageSource.of("drawing", image)));
        try (Stream<RewardScore> scores = model.scoreAll(pairs)) {
            return scores.toList();
        }
    }
}

package io.github.icthp.examples.demo;

import io.github.icthp.ImageSource;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;
import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.GeneratedImage;
import io.github.icthp.diffusion.GenerationRequest;
import io.github.icthp.diffusion.Miniature;
import io.github.icthp.examples.world.Scene;
import io.github.icthp.examples.world.TruthCheck;
import io.github.icthp.examples.world.Truths;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Pictures that a model made of held-out prompts. Two samples of the same scenes and seed are
 * pairs: each picture begins from the same noise.
 *
 * @param scenes what the prompts say
 * @param images one a scene
 */
record DemoSample(List<Scene> scenes, List<BufferedImage> images) {

    private static final int BATCH = 32;

    /** Makes a picture of each scene's easy prompt. */
    static DemoSample of(DiffusionPipeline pipeline, List<Scene> scenes, long seed) {
        String[] prompts = scenes.stream().map(Scene::easyPrompt).toArray(String[]::new);
        GenerationRequest request =
                GenerationRequest.builder()
                        .prompt(prompts)
                        .steps(Miniature.STEPS)
                        .seed(seed)
                        .batch(BATCH)
                        .build();
        return new DemoSample(
                scenes, pipeline.generate(request).stream().map(GeneratedImage::image).toList());
    }

    /** Each picture's reward. */
    double[] scores(RewardModel reward) {
        Stream<PromptImage> pairs =
                IntStream.range(0, images.size())
                        .mapToObj(
                                i ->
                                        new PromptImage(
                                                scenes.get(i).easyPrompt(),
                                                ImageSource.of("picture " + i, images.get(i))));
        try (Stream<RewardScore> scores = reward.scoreAll(pairs)) {
            return scores.mapToDouble(RewardScore::value).toArray();
        }
    }

    /** Each picture's truth of a claim of its prompt: 1 if it is true, else 0. */
    double[] truths(Predicate<TruthCheck> claim) {
        return IntStream.range(0, images.size())
                .mapToObj(i -> Truths.of(images.get(i)).check(scenes.get(i).content()))
                .mapToDouble(check -> claim.test(check) ? 1 : 0)
                .toArray();
    }

    /** What each picture was made of. */
    List<String> prompts() {
        return scenes.stream().map(Scene::easyPrompt).toList();
    }
}

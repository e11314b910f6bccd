package io.github.icthp.examples.demo;

import io.github.icthp.RewardModel;
import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.draft.DraftKOptimizer;
import io.github.icthp.diffusion.draft.DraftKResult;
import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.examples.miniature.WorldPictures;
import io.github.icthp.examples.world.Scene;
import io.github.icthp.train.data.Split;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.MetricsFile;
import io.github.icthp.training.RunListener;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;

/**
 * The miniature diffusion model fine-tuned by one reward.
 *
 * @param reward the reward's name
 * @param metrics what the run measured
 * @param adapter the file of the adapter that came of it
 * @param pictures what the tuned model makes of held-out prompts
 * @param seconds how long the run took
 */
record DemoTuning(
        String reward, List<Metrics> metrics, Path adapter, DemoSample pictures, double seconds) {

    /** Held-out prompts that are watched during the run. */
    private static final int WATCHED = 16;

    /** Tunes the pipeline's model by a reward and samples it; the pipeline is as before then. */
    static DemoTuning run(
            String name,
            RewardModel reward,
            DiffusionPipeline pipeline,
            DemoRunContext context,
            RunListener listener) {
        long start = System.nanoTime();
        DemoSettings settings = context.settings();
        Path output = context.folder().resolve(name.toLowerCase(Locale.ROOT));
        DraftKResult result =
                DraftKOptimizer.builder()
                        .pipeline(pipeline)
                        .reward(reward.differentiable())
                        .prompts(prompts(settings))
                        .heldOut(
                                context.heldOut().stream()
                                        .limit(WATCHED)
                                        .map(Scene::easyPrompt)
                                        .toList())
                        .config(settings.draft())
                        .output(output)
                        .evaluateEvery(settings.evaluateEvery())
                        .saveEvery(settings.steps())
                        .keep(1)
                        .listener(listener)
                        .build()
                        .run();
        double seconds = (System.nanoTime() - start) / 1e9;
        return new DemoTuning(
                name,
                MetricsFile.read(output.resolve("metrics.jsonl")),
                result.adapter(),
                sample(result.adapter(), pipeline, context),
                seconds);
    }

    /** The same adapter in another model, which is as before then. */
    DemoTuning on(DiffusionPipeline pipeline, DemoRunContext context) {
        return new DemoTuning(
                reward, metrics, adapter, sample(adapter, pipeline, context), seconds);
    }

    private static DemoSample sample(
            Path adapter, DiffusionPipeline pipeline, DemoRunContext context) {
        try (LoraAdapters adapters = LoraAdapters.load(adapter, pipeline.transformer())) {
            assert !adapters.adapters().isEmpty();
            return DemoSample.of(pipeline, context.heldOut(), context.settings().seed());
        }
    }

    private static List<String> prompts(DemoSettings settings) {
        WorldPictures world = new WorldPictures(settings.seed(), Split.TRAIN);
        return LongStream.range(0, settings.prompts())
                .mapToObj(i -> world.scene(i).easyPrompt())
                .distinct()
                .toList();
    }
}

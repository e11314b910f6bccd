package io.github.icthp.examples.pretraining;

import io.github.icthp.diffusion.schedule.FlowMatchEulerScheduler;
import io.github.icthp.examples.pretraining.FlowBatch.NoiseLevel;
import io.github.icthp.training.Seeds;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Draws each step's batch: a pure function of the seed and the step. */
final class FlowBatches {

    private final CaptionedPictures pictures;
    private final FlowMatchingConfig config;
    private final float[] sigmas;

    FlowBatches(CaptionedPictures pictures, FlowMatchingConfig config) {
        this.pictures = pictures;
        this.config = config;
        this.sigmas = new FlowMatchEulerScheduler(config.noise().schedule()).trainingSigmas();
    }

    /** The batch of a training step. */
    FlowBatch training(long step) {
        int size = config.optimizer().batchSize();
        SplittableRandom random = Seeds.random(config.seed(), step, "flow");
        List<Double> places = new ArrayList<>();
        List<Boolean> dropped = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            places.add(config.noise().density().draw(random));
            dropped.add(random.nextDouble() < config.noise().promptDropout());
        }
        return batch(step * size, places, dropped, Seeds.derive(config.seed(), step, "noise"));
    }

    /**
     * A batch of held-out pictures, the same at each evaluation: noise levels evenly spread over
     * all of them, so that losses can be compared with little chance in them.
     */
    FlowBatch heldOut(long first, int size, int total) {
        List<Double> places = new ArrayList<>();
        List<Boolean> dropped = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            places.add((first + i + 0.5) / total);
            dropped.add(false);
        }
        return batch(first, places, dropped, Seeds.derive(config.seed(), first, "held-out noise"));
    }

    private FlowBatch batch(
            long first, List<Double> places, List<Boolean> dropped, long noiseSeed) {
        List<String> prompts = new ArrayList<>();
        List<BufferedImage> images = new ArrayList<>();
        List<NoiseLevel> levels = new ArrayList<>();
        for (int i = 0; i < places.size(); i++) {
            CaptionedPicture picture = pictures.get(first + i);
            prompts.add(dropped.get(i) ? "" : picture.prompt());
            images.add(picture.image());
            levels.add(level(places.get(i)));
        }
        return new FlowBatch(prompts, images, levels, noiseSeed >>> 1);
    }

    private NoiseLevel level(double place) {
        int index = Math.min(sigmas.length - 1, (int) (place * sigmas.length));
        float sigma = sigmas[index];
        return new NoiseLevel(
                sigma,
                sigma * config.noise().schedule().trainTimesteps(),
                (float) config.noise().weighting().weight(sigma));
    }
}

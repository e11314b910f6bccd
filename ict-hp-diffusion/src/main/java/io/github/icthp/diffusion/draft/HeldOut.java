package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;

import com.google.common.collect.Lists;

import io.github.icthp.diffusion.PixelImages;
import io.github.icthp.diffusion.draft.PromptOrder.Picture;
import io.github.icthp.diffusion.model.Adapters;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.DivergenceException;
import io.github.icthp.training.Seeds;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Prompts that are never trained on, with noise that never changes: what is evaluated. */
final class HeldOut {

    private final PictureSampler sampler;
    private final List<Picture> pictures;
    private final int batch;
    private final TermMeans reward;
    private final Optional<TermMeans> judge;

    /** Chooses the pictures of a run. */
    HeldOut(DraftKBuilder settings) {
        DraftKConfig config = settings.config();
        List<String> prompts = settings.heldOut();
        this.sampler = new PictureSampler(settings.model(), config.sampling());
        this.batch = config.optimizer().batchSize();
        this.reward = new TermMeans(settings.reward(), "the reward");
        this.judge =
                settings.judge().equals(settings.reward())
                        ? Optional.empty()
                        : Optional.of(new TermMeans(settings.judge(), "the held-out reward"));
        this.pictures =
                IntStream.range(0, prompts.size())
                        .mapToObj(i -> new Picture(prompts.get(i), seed(config.seed(), i)))
                        .toList();
    }

    /** Says whether a reward that the run never sees judges the pictures. */
    boolean isJudged() {
        return judge.isPresent();
    }

    private static long seed(long seed, int index) {
        return Seeds.derive(seed, index, "held-out") >>> 32;
    }

    /**
     * What came of the held-out prompts.
     *
     * @param reward mean of what is optimized
     * @param terms mean of each of its terms by name, if it is a weighted sum
     * @param judged mean of the reward that the run never sees
     * @param judgedTerms mean of each of its terms by name, if it is a weighted sum
     * @param images the pictures, in the order of the prompts
     */
    record Evaluation(
            double reward,
            Map<String, Double> terms,
            double judged,
            Map<String, Double> judgedTerms,
            List<BufferedImage> images) {}

    List<Picture> pictures() {
        return pictures;
    }

    /**
     * Makes the pictures and rewards them.
     *
     * @param step optimizer steps made, for messages
     * @throws DivergenceException if a reward is not finite
     */
    Evaluation evaluate(long step) {
        reward.take();
        judge.ifPresent(TermMeans::take);
        double rewarded = 0;
        double judged = 0;
        List<BufferedImage> images = new ArrayList<>();
        for (List<Picture> some : Lists.partition(pictures, batch)) {
            TensorScope scope = TensorScope.open(sampler.model().transformer().device());
            try (scope) {
                NDArray pixels = sampler.pixels(some);
                double first = sum(reward, pixels, some, step);
                rewarded += first;
                judged += judge.isPresent() ? sum(judge.get(), pixels, some, step) : first;
                images.addAll(PixelImages.of(pixels));
            }
        }
        return new Evaluation(
                rewarded / pictures.size(),
                reward.take(),
                judged / pictures.size(),
                judge.map(TermMeans::take).orElse(Map.of()),
                images);
    }

    /** What the base model makes of the prompts. */
    Evaluation evaluateBase() {
        return Adapters.disabled(() -> evaluate(0));
    }

    private static double sum(TermMeans reward, NDArray pixels, List<Picture> pictures, long step) {
        reward.expect();
        List<String> prompts = pictures.stream().map(Picture::prompt).toList();
        NDArray rewards =
                Autograd.in(Mode.NO_GRADIENT, () -> reward.reward().reward(pixels, prompts));
        float[] values = Tensors.toFloats(rewards);
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new DivergenceException(
                        "held-out reward", values[i], step, pictures.get(i).toString());
            }
            sum += values[i];
        }
        return sum;
    }
}

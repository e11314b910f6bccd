package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Tensors;
import io.github.icthp.train.data.IctTargets;
import io.github.icthp.train.loss.IctLoss;
import io.github.icthp.train.loss.IctPairs;
import io.github.icthp.train.loss.LossValue;
import io.github.icthp.training.Gradients;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** ICT's loss on features: images (3, B, P) and texts (2, B, P), easy prompts first. */
record IctFeatureLoss(IctLoss loss) implements FeatureLoss {

    @Override
    public Map<String, NDArray> trained() {
        return Map.of();
    }

    @Override
    public Result of(
            List<NDArray> features,
            List<TripletInputs> targets,
            Draw draw,
            double scale,
            Gradients sink) {
        return Autograd.in(
                Autograd.Mode.GRADIENT,
                () -> {
                    NDArray images = Autograd.leaf(features.get(0));
                    NDArray texts = Autograd.leaf(features.get(1));
                    LossValue value = loss.of(pairs(images, texts, targets));
                    List<Optional<NDArray>> found =
                            FeatureLoss.gradients(value, scale, List.of(images, texts));
                    return new Result(value, found.stream().map(Optional::orElseThrow).toList());
                });
    }

    @Override
    public ValidationBatch judge(List<NDArray> features, TripletInputs targets) {
        NDArray images = features.get(0);
        NDArray texts = features.get(1);
        return Autograd.in(
                Autograd.Mode.NO_GRADIENT,
                () -> {
                    NDArray scores = IctLoss.easyCosines(texts.get(0), images.flatten(0, 1));
                    Map<String, Double> losses =
                            targets.targets().isEmpty()
                                    ? Map.of()
                                    : loss.of(pairs(images, texts, List.of(targets))).parts();
                    return ValidationBatch.of(losses, scores);
                });
    }

    private static IctPairs pairs(NDArray images, NDArray texts, List<TripletInputs> targets) {
        List<IctTargets> all = targets.stream().flatMap(t -> t.targets().stream()).toList();
        long triplets = images.getShape().get(1);
        Preconditions.checkArgument(
                all.size() == triplets,
                "Trainers.ict(): expected ICT targets for %s triplets, got %s; label them first, in"
                        + " Java by PreferenceDataset.labeled(clip) or TripletLabeler, on the"
                        + " command line by the verb label, whose table train ict --table reads",
                triplets,
                all.size());
        float[] easy = new float[3 * all.size()];
        float[] refined = new float[3 * all.size()];
        for (int b = 0; b < all.size(); b++) {
            IctTargets target = all.get(b);
            put(easy, b, target.e1(), target.e2(), target.e3());
            put(refined, b, target.r1(), target.r2(), target.r3());
        }
        return new IctPairs(
                texts.get(0),
                texts.get(1),
                images.flatten(0, 1),
                Tensors.of(easy, all.size(), 3),
                Tensors.of(refined, all.size(), 3));
    }

    private static void put(float[] rows, int b, double first, double second, double third) {
        rows[3 * b] = (float) first;
        rows[3 * b + 1] = (float) second;
        rows[3 * b + 2] = (float) third;
    }

    @Override
    public void close() {}
}

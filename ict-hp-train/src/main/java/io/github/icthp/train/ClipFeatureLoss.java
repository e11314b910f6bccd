package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Autograd;
import io.github.icthp.train.loss.ContrastiveLoss;
import io.github.icthp.train.loss.IctLoss;
import io.github.icthp.train.loss.LossValue;
import io.github.icthp.training.Gradients;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * CLIP's contrastive loss on features: images (1, B, P) and texts (1, B, P).
 *
 * @param logScale the model's parameter, owned by its replica
 */
record ClipFeatureLoss(NDArray logScale) implements FeatureLoss {

    /** The scale's name in checkpoints. */
    static final String LOGIT_SCALE = "logit_scale";

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
                    LossValue value = ContrastiveLoss.of(texts.get(0), images.get(0), logScale);
                    List<Optional<NDArray>> found =
                            FeatureLoss.gradients(value, scale, List.of(images, texts, logScale));
                    sink.addAll(List.of(LOGIT_SCALE), found.subList(2, 3));
                    return new Result(
                            value, List.of(found.get(0).orElseThrow(), found.get(1).orElseThrow()));
                });
    }

    @Override
    public ValidationBatch judge(List<NDArray> features, TripletInputs targets) {
        return Autograd.in(
                Autograd.Mode.NO_GRADIENT,
                () ->
                        ValidationBatch.of(
                                Map.of(),
                                IctLoss.easyCosines(
                                        features.get(1).get(0), features.get(0).flatten(0, 1))));
    }

    @Override
    public void close() {}
}

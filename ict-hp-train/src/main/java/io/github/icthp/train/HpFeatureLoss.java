package io.github.icthp.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.reward.HpHead;
import io.github.icthp.torch.Autograd;
import io.github.icthp.train.loss.HpLoss;
import io.github.icthp.train.loss.LossValue;
import io.github.icthp.training.Gradients;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** HP's head and loss on features: images (3, B, P) and, with the joint term, cosines (1, B, 3). */
final class HpFeatureLoss implements FeatureLoss {

    private final HpHead head;
    private final NDManager memory;
    private final HpLoss loss;
    private final HpDropout dropout;
    private final Map<String, NDArray> trained = new LinkedHashMap<>();

    /**
     * Joins head and loss.
     *
     * @param head the head, float32
     * @param memory owns its parameters; closed with this
     * @param loss the loss
     * @param dropout dropout in the head
     */
    HpFeatureLoss(HpHead head, NDManager memory, HpLoss loss, HpDropout dropout) {
        this.head = head;
        this.memory = memory;
        this.loss = loss;
        this.dropout = dropout;
        head.parameters()
                .forEach(
                        (name, parameter) -> {
                            parameter.setRequiresGradient(true);
                            trained.put(HpScope.HEAD + name, parameter);
                        });
    }

    @Override
    public Map<String, NDArray> trained() {
        return trained;
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
                    LossValue value = loss(scores(images, draw), features);
                    List<NDArray> inputs = new ArrayList<>(trained.values());
                    inputs.add(images);
                    List<Optional<NDArray>> found = FeatureLoss.gradients(value, scale, inputs);
                    sink.addAll(List.copyOf(trained.keySet()), found.subList(0, trained.size()));
                    return new Result(value, List.of(found.get(trained.size()).orElseThrow()));
                });
    }

    @Override
    public ValidationBatch judge(List<NDArray> features, TripletInputs targets) {
        return Autograd.in(
                Autograd.Mode.NO_GRADIENT,
                () -> {
                    NDArray flat = features.get(0).flatten(0, 1);
                    NDArray scores = HpLoss.byTriplet(head.forward(flat));
                    Map<String, Double> losses = loss(scores, features).parts();
                    return ValidationBatch.of(losses, scores);
                });
    }

    private NDArray scores(NDArray images, Draw draw) {
        NDArray flat = images.flatten(0, 1);
        List<NDArray> masks = dropout.masks(head.widths(), (int) flat.getShape().get(0), draw);
        return HpLoss.byTriplet(head.forward(flat, masks));
    }

    private LossValue loss(NDArray scores, List<NDArray> features) {
        return loss.isJoint() ? loss.of(scores, features.get(1).get(0)) : loss.of(scores);
    }

    @Override
    public void close() {
        memory.close();
    }
}

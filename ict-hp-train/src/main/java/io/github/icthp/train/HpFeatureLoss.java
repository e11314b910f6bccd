package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import io.github.icthp.HpHead;
import io.github.icthp.optim.Gradients;
import io.github.icthp.torch.Autograd;
import io.github.icthp.train.loss.HpLoss;
import io.github.icthp.train.loss.LossValue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** HP's head and loss on features: images (3, B, P) and, with the joint term, cosines (1, B, 3). */
final class HpFeatureLoss implements FeatureLoss {

    private final HpHead head;
    private final HpLoss loss;
    private final HpDropout dropout;
    private final Map<String, NDArray> trained = new LinkedHashMap<>();

    HpFeatureLoss(HpHead head, HpLoss loss, HpDropout dropout) {
        this.head = head;
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
                    LossValue value = loss(images, features, draw);
                    List<NDArray> inputs = new ArrayList<>(trained.values());
                    inputs.add(images);
                    List<Optional<NDArray>> found =
                            Autograd.gradients(
                                    value.total(),
                                    StageWeights.PROGRAM.call("scalar", scale, value.total()),
                                    inputs);
                    sink.addAll(List.copyOf(trained.keySet()), found.subList(0, trained.size()));
                    return new Result(value, List.of(found.get(trained.size()).orElseThrow()));
                });
    }

    private LossValue loss(NDArray images, List<NDArray> features, Draw draw) {
        NDArray flat = images.flatten(0, 1);
        List<NDArray> masks = dropout.masks(head.widths(), (int) flat.getShape().get(0), draw);
        NDArray scores = HpLoss.byTriplet(head.forward(flat, masks));
        return loss.isJoint() ? loss.of(scores, features.get(1).get(0)) : loss.of(scores);
    }
}

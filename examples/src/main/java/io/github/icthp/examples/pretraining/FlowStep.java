package io.github.icthp.examples.pretraining;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.Trainable;

import java.util.List;
import java.util.Optional;

/** The first half of a step: loss and gradients of a batch. */
final class FlowStep {

    private final FlowLoss loss;
    private final FlowBatches batches;
    private final List<Trainable> trainables;

    FlowStep(FlowLoss loss, FlowBatches batches, List<Trainable> trainables) {
        this.loss = loss;
        this.batches = batches;
        this.trainables = trainables;
    }

    /**
     * Adds a step's gradients to a sum.
     *
     * @return the loss
     */
    float gradients(long step, Gradients sum) {
        FlowBatch batch = batches.training(step);
        return TensorScope.call(
                loss.transformer().device(),
                () -> {
                    NDArray value = Autograd.in(Mode.GRADIENT, () -> loss.of(batch));
                    float number = (float) Tensors.toDouble(value);
                    List<Optional<NDArray>> gradients =
                            Autograd.gradients(
                                    value,
                                    null,
                                    trainables.stream().map(Trainable::master).toList());
                    sum.addAll(trainables.stream().map(Trainable::name).toList(), gradients);
                    return number;
                });
    }

    String describe(long step) {
        return "the pictures of " + String.join(", ", batches.training(step).prompts());
    }
}

package io.github.icthp.examples.pretraining;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

/** The loss on pictures that are never learnt from. */
final class FlowValidation {

    private final FlowLoss loss;
    private final FlowBatches batches;
    private final FlowMatchingConfig config;

    FlowValidation(FlowLoss loss, CaptionedPictures pictures, FlowMatchingConfig config) {
        this.loss = loss;
        this.batches = new FlowBatches(pictures, config);
        this.config = config;
    }

    double loss() {
        int total = config.heldOutPictures();
        double sum = 0;
        for (int i = 0; i < total; i += config.optimizer().batchSize()) {
            int size = Math.min(config.optimizer().batchSize(), total - i);
            FlowBatch batch = batches.heldOut(i, size, total);
            TensorScope scope = TensorScope.open(loss.transformer().device());
            try (scope) {
                sum += size * Autograd.in(Mode.NO_GRADIENT, () -> Tensors.toDouble(loss.of(batch)));
            }
        }
        return sum / total;
    }
}

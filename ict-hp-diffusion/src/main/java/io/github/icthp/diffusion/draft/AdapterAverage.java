package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.optim.Trainable;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An exponential moving average of the adapters, beginning at their first values. */
final class AdapterAverage {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(AdapterAverage.class, "draft.torchscript");

    private final List<Trainable> trainables;
    private final double decay;
    private final Map<String, NDArray> averages = new LinkedHashMap<>();

    /**
     * Begins an average.
     *
     * @param trainables what is averaged
     * @param decay share of the old average that each step keeps
     * @param owner owns the averages
     */
    AdapterAverage(List<Trainable> trainables, double decay, NDManager owner) {
        this.trainables = trainables;
        this.decay = decay;
        trainables.forEach(t -> averages.put(t.name(), copy(t.master(), owner)));
    }

    private static NDArray copy(NDArray tensor, NDManager owner) {
        return Autograd.in(
                Mode.NO_GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open(owner.getDevice())) {
                        return scope.keep(Tensors.copy(tensor), owner);
                    }
                });
    }

    /** Takes the adapters' present values into the average. */
    void update() {
        Autograd.in(
                Mode.NO_GRADIENT,
                () ->
                        PROGRAM.callLong(
                                "average",
                                averages.values(),
                                trainables.stream().map(Trainable::master).toList(),
                                1 - decay));
    }

    /** The live averages by name, for checkpoints. */
    Map<String, NDArray> tensors() {
        return averages;
    }

    /** Runs a body with the average in the adapters' place. */
    void inPlace(Runnable body) {
        try (TensorScope scope = TensorScope.open(trainables.get(0).master().getDevice())) {
            Map<String, NDArray> kept = new LinkedHashMap<>();
            for (Trainable t : trainables) {
                kept.put(t.name(), copy(t.master(), scope.manager()));
                Tensors.overwrite(t.master(), averages.get(t.name()));
            }
            try {
                body.run();
            } finally {
                trainables.forEach(t -> Tensors.overwrite(t.master(), kept.get(t.name())));
            }
        }
    }
}

package io.github.icthp.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An exponential moving average of trained weights, beginning at their first values (Polyak and
 * Juditsky 1992). It is what samples best, though the optimizer never sees it.
 */
public final class WeightAverage {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(WeightAverage.class, "optim.torchscript");

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
    public WeightAverage(List<Trainable> trainables, double decay, NDManager owner) {
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

    /** Takes the weights' present values into the average. */
    public void update() {
        update(decay);
    }

    /**
     * Takes the present values into the average, which forgets faster than usual while it is young:
     * with the decay of {@code min(decay, (1 + n) / (10 + n))}.
     *
     * @param updates n, how often the average was updated before
     */
    public void updateYoung(long updates) {
        update(Math.min(decay, (1.0 + updates) / (10.0 + updates)));
    }

    private void update(double kept) {
        Autograd.in(
                Mode.NO_GRADIENT,
                () ->
                        PROGRAM.callLong(
                                "average",
                                averages.values(),
                                trainables.stream().map(Trainable::master).toList(),
                                1 - kept));
    }

    /**
     * Returns the live averages, for checkpoints.
     *
     * @return the averages by their weights' names, in float32
     */
    public Map<String, NDArray> tensors() {
        return averages;
    }

    /** Overwrites the averages with those of a checkpoint. */
    void restore(Map<String, NDArray> saved) {
        TensorCopies.requireSame("WeightAverage.restore", averages, saved);
        TensorCopies.overwrite(averages, saved);
    }

    /**
     * Runs a body with the average in the weights' place. Model copies in another type are not
     * touched.
     *
     * @param body what samples or saves
     */
    public void inPlace(Runnable body) {
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

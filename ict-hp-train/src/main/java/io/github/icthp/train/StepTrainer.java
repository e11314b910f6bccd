package io.github.icthp.train;

import ai.djl.ndarray.NDManager;

import io.github.icthp.torch.DType;
import io.github.icthp.torch.Torch;
import io.github.icthp.train.loss.LossValue;
import io.github.icthp.training.AdamW;
import io.github.icthp.training.DivergenceException;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.LossScaler;
import io.github.icthp.training.ParameterGroup;
import io.github.icthp.training.StepReport;
import io.github.icthp.training.Trainable;
import io.github.icthp.training.Updater;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A training step in its two halves. */
final class StepTrainer implements AutoCloseable {

    private final StepEngine engine;
    private final boolean together;
    private final Updater updater;
    private final NDManager state;
    private List<Long> rows = List.of();

    /**
     * Prepares the optimiser.
     *
     * @param engine computes gradients; closed with this
     * @param together whether the batches of a step count as one
     * @param config how weights are moved
     * @param type what towers compute in
     */
    StepTrainer(StepEngine engine, boolean together, OptimizerConfig config, DType type) {
        this.engine = engine;
        this.together = together;
        this.state = Torch.manager(engine.device());
        List<Trainable> trained =
                engine.trained().entrySet().stream()
                        .map(e -> Trainable.of(e.getKey(), e.getValue()))
                        .toList();
        ParameterGroup group = new ParameterGroup(trained, config.weightDecay());
        this.updater =
                new Updater(
                        new AdamW(config.adamW(), List.of(group), state),
                        config.schedule(),
                        config.maxGradientNorm(),
                        type == DType.FLOAT16 ? LossScaler.dynamic() : LossScaler.none());
    }

    /** The optimiser's side of the step. */
    Updater updater() {
        return updater;
    }

    /** The networks' side of the step. */
    StepEngine engine() {
        return engine;
    }

    /**
     * The first half: gradients of the loss of a step's batches.
     *
     * @param sink receives them, on the first device
     * @return the mean of each part of the loss over the batches
     * @throws DivergenceException if the loss is not finite
     */
    Map<String, Double> gradients(List<TripletInputs> batches, Gradients sink) {
        rows = batches.stream().flatMap(batch -> batch.rows().stream()).toList();
        double scale = updater.lossScale();
        List<LossValue> losses =
                together
                        ? List.of(engine.together(batches, updater.step(), scale, sink))
                        : engine.separately(batches, updater.step(), scale, sink);
        Map<String, Double> mean = new LinkedHashMap<>();
        for (LossValue loss : losses) {
            loss.parts().forEach((name, v) -> mean.merge(name, v / losses.size(), Double::sum));
        }
        double total = mean.getOrDefault("total", Double.NaN);
        if (!Double.isFinite(total)) {
            throw new DivergenceException("loss", total, updater.step(), inputs());
        }
        return mean;
    }

    /**
     * The second half: clips and moves.
     *
     * @throws DivergenceException if the gradients are not finite and no loss scaling explains it
     */
    StepReport apply(Gradients gradients) {
        StepReport report = updater.apply(gradients, this::inputs);
        engine.broadcast();
        return report;
    }

    private String inputs() {
        return "rows " + rows;
    }

    @Override
    public void close() {
        state.close();
        engine.close();
    }
}

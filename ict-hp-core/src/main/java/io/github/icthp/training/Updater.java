package io.github.icthp.training;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import com.google.common.base.Preconditions;
import com.google.gson.Gson;
import com.google.gson.JsonObject;

import io.github.icthp.torch.TensorScope;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The second half of every training step: clips the gradients, moves the parameters and their
 * moving average.
 *
 * <p>The first half computes gradients of {@code loss * lossScale() / accumulation}; between the
 * two a distributed engine may average them.
 */
public final class Updater {

    /** The section of a checkpoint that holds the trained weights. */
    public static final String WEIGHTS = "weights";

    /** The section that holds their moving average, if there is one. */
    public static final String AVERAGE = "average";

    private static final String OPTIMIZER = "optimizer";
    private static final String SCALER = "loss_scaler";
    private static final Gson GSON = new Gson();

    /** What torch.nn.utils.clip_grad_norm_ adds to the norm. */
    private static final double EPSILON = 1e-6;

    private final OptimizerConfig config;
    private final Device device;
    private final AdamW optimizer;
    private final LossScaler scaler;
    private final Optional<WeightAverage> average;
    private long step;

    /**
     * Prepares to move parameters, from step 0.
     *
     * @param config how they are moved
     * @param trainables what is moved; names must differ
     * @param scaler keeps float16 gradients in range
     * @param owner owns moments and average, on the parameters' device, and closes them
     * @throws IllegalArgumentException if a name comes twice
     */
    public Updater(
            OptimizerConfig config,
            List<Trainable> trainables,
            LossScaler scaler,
            NDManager owner) {
        this.config = config;
        this.device = owner.getDevice();
        this.scaler = scaler;
        ParameterGroup group = new ParameterGroup(trainables, config.weightDecay());
        this.optimizer = new AdamW(config.adamW(), List.of(group), owner);
        this.average =
                config.average() == 0
                        ? Optional.empty()
                        : Optional.of(new WeightAverage(trainables, config.average(), owner));
    }

    /**
     * Returns how the parameters are moved.
     *
     * @return the settings
     */
    public OptimizerConfig config() {
        return config;
    }

    /**
     * Returns where the parameters are.
     *
     * @return the device
     */
    public Device device() {
        return device;
    }

    /**
     * Returns the steps made, skipped ones included: the number of the next one.
     *
     * @return steps since the run began
     */
    public long step() {
        return step;
    }

    /**
     * Returns what the loss of the next step is to be multiplied by before it is differentiated.
     *
     * @return the loss scale, 1 unless training in float16
     */
    public double lossScale() {
        return scaler.scale();
    }

    /**
     * Returns the optimizer.
     *
     * @return what moves the parameters
     */
    public AdamW optimizer() {
        return optimizer;
    }

    /**
     * Returns the loss scaler.
     *
     * @return what keeps float16 gradients in range
     */
    public LossScaler scaler() {
        return scaler;
    }

    /**
     * Returns the parameters' moving average.
     *
     * @return the average; empty if none is kept
     */
    public Optional<WeightAverage> average() {
        return average;
    }

    /**
     * Runs a body with the moving average in the parameters' place, if there is one.
     *
     * @param body what evaluates or publishes
     */
    public void inAverage(Runnable body) {
        average.ifPresentOrElse(a -> a.inPlace(body), body);
    }

    /**
     * Goes on from a step, after the optimizer and scaler were restored.
     *
     * @param next the number of the next step
     */
    public void resumeAt(long next) {
        Preconditions.checkArgument(next >= 0, "Updater: steps count from 0, got %s", next);
        step = next;
    }

    /**
     * Makes a step.
     *
     * @param gradients the step's gradients, scaled by {@link #lossScale()}
     * @param inputs describes the step's inputs if its gradients are not finite
     * @return what was done
     * @throws DivergenceException if the gradients are not finite and no loss scaling explains it;
     *     nothing was moved
     */
    public StepReport apply(Gradients gradients, Supplier<String> inputs) {
        double scale = scaler.scale();
        double norm = gradients.norm() / scale;
        double rate = config.schedule().rate(step);
        boolean finite = Double.isFinite(norm);
        boolean skipped = scaler.skip(finite);
        if (!finite && !skipped) {
            throw new DivergenceException("gradient norm", norm, step, inputs.get());
        }
        double clip = skipped ? 0 : Math.min(1, config.maxGradientNorm() / (norm + EPSILON));
        if (!skipped) {
            optimizer.step(rate, gradients, clip / scale);
        }
        average.ifPresent(this::update);
        return new StepReport(step++, rate, norm, clip, skipped);
    }

    private void update(WeightAverage weights) {
        if (config.averageWarmUp()) {
            weights.updateYoung(step);
        } else {
            weights.update();
        }
    }

    /** Everything that a checkpoint holds as tensors, by section. */
    Map<String, Map<String, NDArray>> tensors() {
        Map<String, Map<String, NDArray>> sections = new LinkedHashMap<>();
        sections.put(WEIGHTS, optimizer.masters());
        sections.put(OPTIMIZER, optimizer.state());
        average.ifPresent(a -> sections.put(AVERAGE, a.tensors()));
        return sections;
    }

    /** Adds what else a checkpoint holds. */
    void save(JsonObject state) {
        state.add(SCALER, GSON.toJsonTree(scaler.state()));
    }

    /** Goes back to a checkpoint. */
    void restore(SavedCheckpoint saved) {
        TensorScope.run(
                Device.cpu(),
                () -> {
                    optimizer.restore(saved.tensors(WEIGHTS), saved.tensors(OPTIMIZER));
                    average.ifPresent(a -> a.restore(saved.tensors(AVERAGE)));
                });
        if (saved.state().has(SCALER)) {
            scaler.restore(GSON.fromJson(saved.state().get(SCALER), LossScaler.State.class));
        }
        step = saved.step();
    }
}

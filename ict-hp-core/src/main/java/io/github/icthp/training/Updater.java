package io.github.icthp.training;

import com.google.common.base.Preconditions;

import java.util.function.Supplier;

/**
 * The second half of every training step: clips the gradients and moves the parameters.
 *
 * <p>The first half computes gradients of {@code loss * lossScale() / accumulation}; between the
 * two a distributed engine may average them.
 */
public final class Updater {

    /** What torch.nn.utils.clip_grad_norm_ adds to the norm. */
    private static final double EPSILON = 1e-6;

    private final AdamW optimizer;
    private final LrSchedule schedule;
    private final double maxNorm;
    private final LossScaler scaler;
    private long step;

    /**
     * Joins the parts.
     *
     * @param optimizer moves the parameters
     * @param schedule gives each step's learning rate
     * @param maxNorm the global norm to clip to; infinite for no clipping
     * @param scaler keeps float16 gradients in range
     * @throws IllegalArgumentException if the norm is not more than 0
     */
    public Updater(AdamW optimizer, LrSchedule schedule, double maxNorm, LossScaler scaler) {
        Preconditions.checkArgument(
                maxNorm > 0, "Updater: the norm to clip to must be more than 0, got %s", maxNorm);
        this.optimizer = optimizer;
        this.schedule = schedule;
        this.maxNorm = maxNorm;
        this.scaler = scaler;
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
     * Returns the optimiser.
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
     * Goes on from a step, after the optimiser and scaler were restored.
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
        double rate = schedule.rate(step);
        boolean finite = Double.isFinite(norm);
        if (scaler.skip(finite)) {
            return new StepReport(step++, rate, norm, 0, true);
        }
        if (!finite) {
            throw new DivergenceException("gradient norm", norm, step, inputs.get());
        }
        double clip = Math.min(1, maxNorm / (norm + EPSILON));
        optimizer.step(rate, gradients, clip / scale);
        return new StepReport(step++, rate, norm, clip, false);
    }
}

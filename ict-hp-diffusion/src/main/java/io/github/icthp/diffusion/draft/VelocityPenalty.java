package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.Adapters;
import io.github.icthp.diffusion.model.PreparedDenoiser;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TorchProgram;

import java.util.function.Supplier;

/**
 * Holds the tuned model near the base: a penalty on the mean square of the difference between their
 * velocities at each differentiated step. For flow matching that is, up to a factor of the step,
 * the Kullback-Leibler divergence between the two models' steps.
 *
 * <p>The base's velocities count as constants.
 *
 * @param weight the penalty's weight in the loss, in which rewards are averaged; 0 for none
 */
record VelocityPenalty(double weight) {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(VelocityPenalty.class, "draft.torchscript");

    boolean isOn() {
        return weight > 0;
    }

    /** What the base model predicts, without history. */
    NDArray baseVelocity(PreparedDenoiser field, int step, NDArray latents) {
        Supplier<NDArray> base = () -> field.predict(step, latents);
        return Autograd.in(Mode.NO_GRADIENT, () -> Adapters.disabled(base));
    }

    /** Mean square of the difference; differentiable with respect to the tuned velocity. */
    static NDArray meanSquare(NDArray tuned, NDArray base) {
        return PROGRAM.call("mean_square", tuned, base);
    }

    /** Adds {@code factor} times the gradient of the mean square to a velocity's gradient. */
    static NDArray addGradient(NDArray upstream, NDArray tuned, NDArray base, double factor) {
        return PROGRAM.call("add_mean_square_gradient", upstream, tuned, base, factor);
    }
}

package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.VelocityField;
import io.github.icthp.diffusion.schedule.FlowMatchSchedule;

import java.util.List;

/**
 * The differentiated end of a rollout.
 *
 * @param field the velocities of the rollout's prompts
 * @param moves the steps, in order
 * @param prompts the rollout's prompts
 * @param weight what each reward counts in the loss, which is minus their weighted sum
 */
record Tail(VelocityField field, List<Move> moves, List<String> prompts, double weight) {

    /**
     * A step along a velocity.
     *
     * @param step the timestep at which the velocity is predicted
     * @param factor how far the latents follow it
     */
    record Move(int step, float factor) {

        NDArray of(NDArray latents, NDArray velocity) {
            return FlowMatchSchedule.move(latents, velocity, factor);
        }

        /** Carries a gradient back to the velocity; to the latents it passes unchanged. */
        NDArray velocityGradient(NDArray upstream) {
            return FlowMatchSchedule.velocityGradient(upstream, factor);
        }
    }
}

package io.github.icthp.diffusion.draft;

import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.training.Gradients;

import java.util.List;

/**
 * Where the rollouts of a run are computed. The gradient of each rollout is computed by itself, and
 * the gradients are added one after the other in the order of the rollouts, wherever they come
 * from: float32 sums depend on their order, and so every engine makes the same bits.
 */
@FunctionalInterface
public interface RolloutEngine {

    /**
     * Prepares for the steps of a run.
     *
     * @param job what the rollouts have in common
     * @param lora the adapters that are trained, on the model of the run itself
     * @return what computes the run's steps, to be closed
     */
    Run open(RolloutJob job, LoraAdapters lora);

    /** Computes the steps of one run. Used by one thread. */
    interface Run extends AutoCloseable {

        /**
         * Differentiates all rollouts of a step, with the adapters as they are now.
         *
         * @param step the optimizer step, from 0
         * @param lossScale what the loss is multiplied by
         * @param sum takes the gradients, summed in the order of the rollouts
         * @return what came of each rollout, in their order
         */
        List<Rollout> gradients(long step, double lossScale, Gradients sum);

        /** Frees whatever computed. */
        @Override
        void close();
    }
}

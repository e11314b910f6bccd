package io.github.icthp.examples.pretraining;

import com.google.common.base.Preconditions;

import io.github.icthp.diffusion.schedule.FlowMatchConfig;
import io.github.icthp.training.AdamWConfig;
import io.github.icthp.training.LrSchedule;

/**
 * All settings of a flow-matching run.
 *
 * @param optimisation how weights are moved
 * @param noise what pictures are mixed with
 * @param saving when the run is evaluated and saved
 * @param seed from which everything random is drawn
 */
public record FlowMatchingConfig(Optimisation optimisation, Noise noise, Saving saving, long seed) {

    /**
     * How weights are moved.
     *
     * @param iterations optimiser steps in all
     * @param batch pictures of one step
     * @param rate the learning rate of every step
     * @param adamW how gradients are averaged
     * @param weightDecay the decoupled decay
     * @param maxNorm the gradient norm to clip to; very large for no clipping
     * @param average decay of the weights' moving average, in [0, 1), which is what is evaluated
     *     and saved; it forgets faster at first
     */
    public record Optimisation(
            long iterations,
            int batch,
            LrSchedule rate,
            AdamWConfig adamW,
            double weightDecay,
            double maxNorm,
            double average) {

        /**
         * Checks the settings.
         *
         * @param iterations optimiser steps in all
         * @param batch pictures of one step
         * @param rate the learning rate of every step
         * @param adamW how gradients are averaged
         * @param weightDecay the decoupled decay
         * @param maxNorm the gradient norm to clip to
         * @param average decay of the weights' moving average
         * @throws IllegalArgumentException if a number is out of its range
         */
        public Optimisation {
            Preconditions.checkArgument(
                    iterations >= 1 && batch >= 1,
                    "FlowMatchingConfig: iterations and batch must be at least 1, got %s and %s",
                    iterations,
                    batch);
            Preconditions.checkArgument(
                    average >= 0 && average < 1,
                    "FlowMatchingConfig: the decay of the average must be in [0, 1), got %s",
                    average);
        }
    }

    /**
     * What pictures are mixed with.
     *
     * @param schedule the noise levels; sampling uses the same shift
     * @param density which of them are drawn
     * @param weighting what each counts
     * @param promptDropout share of pictures that are learnt without their prompt, so that
     *     classifier-free guidance is possible
     */
    public record Noise(
            FlowMatchConfig schedule,
            TimestepDensity density,
            LossWeighting weighting,
            double promptDropout) {

        /**
         * Checks the settings.
         *
         * @param schedule the noise levels
         * @param density which of them are drawn
         * @param weighting what each counts
         * @param promptDropout share of pictures that are learnt without their prompt
         * @throws IllegalArgumentException if the share is not in 0..1
         */
        public Noise {
            Preconditions.checkArgument(
                    promptDropout >= 0 && promptDropout <= 1,
                    "FlowMatchingConfig: the share of dropped prompts must be in 0..1, got %s",
                    promptDropout);
        }
    }

    /**
     * When the run is evaluated and saved.
     *
     * @param evaluateEvery optimiser steps between losses on held-out pictures
     * @param pictures held-out pictures that are looked at
     * @param saveEvery optimiser steps between checkpoints
     * @param keep how many checkpoints are kept
     */
    public record Saving(long evaluateEvery, int pictures, long saveEvery, int keep) {

        /**
         * Checks the settings.
         *
         * @param evaluateEvery optimiser steps between evaluations
         * @param pictures held-out pictures that are looked at
         * @param saveEvery optimiser steps between checkpoints
         * @param keep how many checkpoints are kept
         * @throws IllegalArgumentException if a number is less than 1
         */
        public Saving {
            Preconditions.checkArgument(
                    evaluateEvery >= 1 && pictures >= 1 && saveEvery >= 1 && keep >= 1,
                    "FlowMatchingConfig: intervals and counts must be at least 1, got %s, %s, %s"
                            + " and %s",
                    evaluateEvery,
                    pictures,
                    saveEvery,
                    keep);
        }
    }

    /**
     * Returns what SD3 was trained with where that is published: logit-normal timesteps, a tenth of
     * the prompts dropped, batches aside (Esser et al. 2024, sections 3.1 and 5).
     *
     * @param iterations optimiser steps in all
     * @return settings for pictures of 1024 x 1024; smaller ones want a smaller shift
     */
    public static FlowMatchingConfig sd3(long iterations) {
        return new FlowMatchingConfig(
                new Optimisation(
                        iterations,
                        64,
                        LrSchedule.constant(1e-4, 1000),
                        AdamWConfig.ofDefaults(),
                        0.01,
                        1,
                        0.9999),
                new Noise(
                        FlowMatchConfig.sd3(),
                        new TimestepDensity.LogitNormal(0, 1),
                        LossWeighting.NONE,
                        0.1),
                new Saving(1000, 64, 1000, 2),
                0);
    }

    /**
     * Returns this with another optimisation.
     *
     * @param value how weights are moved
     * @return the new settings
     */
    public FlowMatchingConfig with(Optimisation value) {
        return new FlowMatchingConfig(value, noise, saving, seed);
    }

    /**
     * Returns this with other noise.
     *
     * @param value what pictures are mixed with
     * @return the new settings
     */
    public FlowMatchingConfig with(Noise value) {
        return new FlowMatchingConfig(optimisation, value, saving, seed);
    }

    /**
     * Returns this with another saving.
     *
     * @param value when the run is evaluated and saved
     * @return the new settings
     */
    public FlowMatchingConfig with(Saving value) {
        return new FlowMatchingConfig(optimisation, noise, value, seed);
    }

    /**
     * Returns this with another seed.
     *
     * @param value from which everything random is drawn
     * @return the new settings
     */
    public FlowMatchingConfig withSeed(long value) {
        return new FlowMatchingConfig(optimisation, noise, saving, value);
    }
}

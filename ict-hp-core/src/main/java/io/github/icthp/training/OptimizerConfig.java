package io.github.icthp.training;

import com.google.common.base.Preconditions;

import org.jspecify.annotations.Nullable;

import java.util.function.UnaryOperator;

/**
 * How a run moves its weights: AdamW with a learning-rate schedule, clipping, accumulation and a
 * moving average. The same for every kind of run.
 *
 * <pre>{@code
 * OptimizerConfig.custom().steps(1_000).learningRate(1e-4).batchSize(8).accumulation(2).build();
 * IctConfig.paper().optimizer().with(o -> o.steps(2_000));
 * }</pre>
 *
 * @param schedule the learning rate of every step
 * @param steps optimizer steps in all
 * @param adamW how gradients are averaged
 * @param weightDecay the decoupled decay of every trained tensor
 * @param maxGradientNorm the global norm that gradients are clipped to; infinite for no clipping
 * @param batchSize rows, pictures or prompts in a batch, over all devices
 * @param accumulation batches in a step
 * @param average decay of the weights' moving average, in [0, 1); 0 for none. With one, the average
 *     is what is evaluated and published
 * @param averageWarmUp whether the average forgets faster while it is young
 */
public record OptimizerConfig(
        LrSchedule schedule,
        long steps,
        AdamWConfig adamW,
        double weightDecay,
        double maxGradientNorm,
        int batchSize,
        int accumulation,
        double average,
        boolean averageWarmUp) {

    /**
     * Checks the settings.
     *
     * @param schedule the learning rate of every step
     * @param steps optimizer steps in all
     * @param adamW how gradients are averaged
     * @param weightDecay the decoupled decay of every trained tensor
     * @param maxGradientNorm the global norm that gradients are clipped to
     * @param batchSize rows, pictures or prompts in a batch, over all devices
     * @param accumulation batches in a step
     * @param average decay of the weights' moving average
     * @param averageWarmUp whether the average forgets faster while it is young
     * @throws IllegalArgumentException if a number is out of its range
     */
    public OptimizerConfig {
        Preconditions.checkArgument(
                steps > 0 && batchSize > 0 && accumulation > 0,
                "OptimizerConfig: steps, batch size and accumulation must be positive, got %s, %s"
                        + " and %s",
                steps,
                batchSize,
                accumulation);
        Preconditions.checkArgument(
                weightDecay >= 0 && Double.isFinite(weightDecay),
                "OptimizerConfig: weight decay must be finite and at least 0, got %s",
                weightDecay);
        Preconditions.checkArgument(
                maxGradientNorm > 0,
                "OptimizerConfig: the norm to clip to must be more than 0, got %s",
                maxGradientNorm);
        Preconditions.checkArgument(
                average >= 0 && average < 1,
                "OptimizerConfig: the decay of the average must be in [0, 1), got %s",
                average);
    }

    /**
     * Begins settings of one's own: batches of 16, weight decay 0.01 and clipping at 1. Steps and a
     * learning rate must be set.
     *
     * @return a builder
     */
    public static Builder custom() {
        return new Builder();
    }

    /**
     * Begins with other settings.
     *
     * @param base what is kept unless it is set
     * @return a builder
     */
    public static Builder from(OptimizerConfig base) {
        Builder builder = new Builder();
        builder.schedule = base.schedule;
        builder.steps = base.steps;
        builder.adamW = base.adamW;
        builder.weightDecay = base.weightDecay;
        builder.maxGradientNorm = base.maxGradientNorm;
        builder.batchSize = base.batchSize;
        builder.accumulation = base.accumulation;
        builder.average = base.average;
        builder.averageWarmUp = base.averageWarmUp;
        return builder;
    }

    /**
     * Returns these settings with some of them changed.
     *
     * @param change sets what differs
     * @return the settings
     * @throws IllegalArgumentException if a number is out of its range
     */
    public OptimizerConfig with(UnaryOperator<Builder> change) {
        return change.apply(from(this)).build();
    }

    /**
     * Returns how many rows, pictures or prompts a step takes.
     *
     * @return batch size times accumulation
     */
    public int itemsPerStep() {
        return batchSize * accumulation;
    }

    /** Settings that are being made; later calls override earlier ones. */
    public static final class Builder {

        private @Nullable LrSchedule schedule;
        private long steps;
        private AdamWConfig adamW = AdamWConfig.ofDefaults();
        private double weightDecay = 0.01;
        private double maxGradientNorm = 1;
        private int batchSize = 16;
        private int accumulation = 1;
        private double average;
        private boolean averageWarmUp;

        private Builder() {}

        /**
         * Sets the learning rate of every step.
         *
         * @param value the schedule
         * @return this
         */
        public Builder schedule(LrSchedule value) {
            schedule = value;
            return this;
        }

        /**
         * Sets a learning rate that stays the same, without a warm-up.
         *
         * @param value the rate
         * @return this
         */
        public Builder learningRate(double value) {
            return schedule(LrSchedule.constant(value, 0));
        }

        /**
         * Sets how long the run is.
         *
         * @param value optimizer steps in all
         * @return this
         */
        public Builder steps(long value) {
            steps = value;
            return this;
        }

        /**
         * Sets how long the run is by whole passes over the data. Batch size and accumulation must
         * be set before.
         *
         * @param passes times that every row is taken
         * @param rows how many there are
         * @return this
         * @throws IllegalArgumentException if that is less than one step
         */
        public Builder epochs(long passes, long rows) {
            long most = passes * (rows / batchSize) / accumulation;
            Preconditions.checkArgument(
                    most > 0,
                    "OptimizerConfig: %s passes over %s rows are less than a step of %s batches of"
                            + " %s",
                    passes,
                    rows,
                    accumulation,
                    batchSize);
            return steps(most);
        }

        /**
         * Sets how gradients are averaged.
         *
         * @param value AdamW's decays and epsilon
         * @return this
         */
        public Builder adamW(AdamWConfig value) {
            adamW = value;
            return this;
        }

        /**
         * Sets the decoupled decay.
         *
         * @param value at least 0; 0.01 if this is not called
         * @return this
         */
        public Builder weightDecay(double value) {
            weightDecay = value;
            return this;
        }

        /**
         * Sets the norm to clip gradients to.
         *
         * @param value the global norm, infinite for no clipping; 1 if this is not called
         * @return this
         */
        public Builder maxGradientNorm(double value) {
            maxGradientNorm = value;
            return this;
        }

        /**
         * Sets the size of a batch.
         *
         * @param value rows, pictures or prompts, over all devices; 16 if this is not called
         * @return this
         */
        public Builder batchSize(int value) {
            batchSize = value;
            return this;
        }

        /**
         * Sets how many batches make a step.
         *
         * @param value 1 if this is not called
         * @return this
         */
        public Builder accumulation(int value) {
            accumulation = value;
            return this;
        }

        /**
         * Evaluates and publishes a moving average of the weights.
         *
         * @param decay what each step keeps of the average, in [0, 1); 0 for no average
         * @return this
         */
        public Builder average(double decay) {
            average = decay;
            averageWarmUp = false;
            return this;
        }

        /**
         * Evaluates and publishes a moving average of the weights that forgets faster while it is
         * young.
         *
         * @param decay what each step keeps of the average in the end, in [0, 1); 0 for no average
         * @return this
         */
        public Builder averageWithWarmUp(double decay) {
            average = decay;
            averageWarmUp = true;
            return this;
        }

        /**
         * Completes the settings.
         *
         * @return the settings
         * @throws IllegalArgumentException if a number is out of its range
         * @throws IllegalStateException if steps or the learning rate were not set
         */
        public OptimizerConfig build() {
            Preconditions.checkState(
                    schedule != null && steps != 0,
                    "OptimizerConfig: steps and schedule (or learningRate) are required, got %s"
                            + " and %s",
                    steps,
                    schedule);
            return new OptimizerConfig(
                    schedule,
                    steps,
                    adamW,
                    weightDecay,
                    maxGradientNorm,
                    batchSize,
                    accumulation,
                    average,
                    averageWarmUp);
        }
    }
}

package io.github.icthp.examples.pretraining;

import com.google.common.base.Preconditions;

import java.util.SplittableRandom;

/**
 * Where in the flow training looks (Esser et al. 2024, section 3.1). A place u in 0..1 is looked up
 * among the noise levels of training, of which the first is pure noise, as diffusers' training
 * does.
 */
public sealed interface TimestepDensity {

    /**
     * Draws a place.
     *
     * @param random where chance comes from
     * @return u in 0..1
     */
    double draw(SplittableRandom random);

    /** All places alike. */
    record Uniform() implements TimestepDensity {

        @Override
        public double draw(SplittableRandom random) {
            return random.nextDouble();
        }
    }

    /**
     * Mostly the middle: the logistic function of a normal variable (equation 19).
     *
     * @param mean of the normal variable; above 0 looks more at pictures, below at noise
     * @param deviation its standard deviation
     */
    record LogitNormal(double mean, double deviation) implements TimestepDensity {

        /**
         * Checks the values.
         *
         * @param mean of the normal variable
         * @param deviation its standard deviation
         * @throws IllegalArgumentException if the deviation is not positive
         */
        public LogitNormal {
            Preconditions.checkArgument(
                    deviation > 0 && Double.isFinite(mean),
                    "LogitNormal: expected a finite mean and a positive deviation, got %s and %s",
                    mean,
                    deviation);
        }

        @Override
        public double draw(SplittableRandom random) {
            return 1 / (1 + Math.exp(-mean - deviation * random.nextGaussian()));
        }
    }

    /**
     * Both ends or the middle, but every place at times (equation 20).
     *
     * @param scale above 0 for the middle, below for the ends
     */
    record Mode(double scale) implements TimestepDensity {

        /**
         * Checks the scale.
         *
         * @param scale above 0 for the middle, below for the ends
         * @throws IllegalArgumentException if it is out of the range in which the density exists
         */
        public Mode {
            Preconditions.checkArgument(
                    scale >= -1 && scale <= 2 / (Math.PI - 2),
                    "Mode: the scale must be in -1..%s, got %s",
                    2 / (Math.PI - 2),
                    scale);
        }

        @Override
        public double draw(SplittableRandom random) {
            double u = random.nextDouble();
            double cosine = Math.cos(Math.PI / 2 * u);
            return 1 - u - scale * (cosine * cosine - 1 + u);
        }
    }
}

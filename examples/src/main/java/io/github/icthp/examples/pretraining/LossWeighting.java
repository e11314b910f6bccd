package io.github.icthp.examples.pretraining;

/** What a noise level's squared error counts (Esser et al. 2024, section 3.1). */
public enum LossWeighting {
    /** All levels alike. */
    NONE {
        @Override
        double weight(double sigma) {
            return 1;
        }
    },
    /** Levels near the picture more: {@code 1 / sigma^2}. */
    SIGMA_SQUARE {
        @Override
        double weight(double sigma) {
            return 1 / (sigma * sigma);
        }
    },
    /** As a cosine schedule of diffusion does (equation 21). */
    COSINE_MAP {
        @Override
        double weight(double sigma) {
            return 2 / (Math.PI * (1 - 2 * sigma + 2 * sigma * sigma));
        }
    };

    abstract double weight(double sigma);
}

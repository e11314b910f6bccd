package io.github.icthp.diffusion.vae;

import ai.djl.ndarray.NDArray;

/**
 * The normal distribution of the latents of an image, independent in each value.
 *
 * @param mean (B, C, h, w), also the most likely latents
 * @param logVariance (B, C, h, w), within -30..20
 */
record LatentDistribution(NDArray mean, NDArray logVariance) {

    /**
     * Returns the standard deviation.
     *
     * @return (B, C, h, w)
     */
    public NDArray standardDeviation() {
        return VaeStage.PROGRAM.call("standard_deviation", logVariance);
    }

    /**
     * Returns latents drawn from the distribution.
     *
     * @param noise standard normal values, (B, C, h, w)
     * @return {@code mean + standardDeviation * noise}
     */
    public NDArray sample(NDArray noise) {
        return VaeStage.PROGRAM.call("sample", mean, logVariance, noise);
    }
}

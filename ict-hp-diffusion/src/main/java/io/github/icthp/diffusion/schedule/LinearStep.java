package io.github.icthp.diffusion.schedule;

import com.google.common.primitives.ImmutableDoubleArray;

/**
 * One step of a sampler, as what it is: {@code x' = sum_k (samples[k] x_k + outputs[k] y_k) + noise
 * * n}, where x_k and y_k are the latents and the network's output k steps ago and n is fresh
 * noise.
 *
 * @param timestep the network's time input
 * @param input what x_0 is multiplied by before the network sees it
 * @param signal how much of the picture is in x_0
 * @param level how much noise is in x_0
 * @param samples factors of latents, of the current ones first
 * @param outputs factors of outputs, of the current one first
 * @param noise factor of fresh noise
 */
record LinearStep(
        double timestep,
        double input,
        double signal,
        double level,
        ImmutableDoubleArray samples,
        ImmutableDoubleArray outputs,
        double noise) {

    /** Returns how many steps before this one it looks at. */
    int lookBack() {
        return Math.max(samples.length(), outputs.length()) - 1;
    }

    /** A step that looks at nothing but what it is given. */
    static LinearStep of(
            double timestep, double signal, double level, double sample, double output) {
        return new LinearStep(
                timestep,
                1,
                signal,
                level,
                ImmutableDoubleArray.of(sample),
                ImmutableDoubleArray.of(output),
                0);
    }

    LinearStep withInput(double factor) {
        return new LinearStep(timestep, factor, signal, level, samples, outputs, noise);
    }

    LinearStep withNoise(double factor) {
        return new LinearStep(timestep, input, signal, level, samples, outputs, factor);
    }
}

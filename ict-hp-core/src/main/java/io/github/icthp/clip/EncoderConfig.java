package io.github.icthp.clip;

import com.google.common.base.Preconditions;

/**
 * The shape of a transformer encoder, text or vision.
 *
 * @param width D, the width of a token
 * @param mlpWidth the width of an MLP's hidden layer
 * @param layers the number of layers
 * @param heads H, the number of attention heads, a divisor of D
 * @param activation the MLP's activation
 * @param layerNormEps what a layer norm adds to the variance
 */
public record EncoderConfig(
        int width,
        int mlpWidth,
        int layers,
        int heads,
        Activation activation,
        double layerNormEps) {

    /**
     * Checks the shape.
     *
     * @param width D, the width of a token
     * @param mlpWidth the width of an MLP's hidden layer
     * @param layers the number of layers
     * @param heads H, the number of attention heads, a divisor of D
     * @param activation the MLP's activation
     * @param layerNormEps what a layer norm adds to the variance
     * @throws IllegalArgumentException if a size is not positive or the heads do not divide the
     *     width
     */
    public EncoderConfig {
        Preconditions.checkArgument(
                width > 0 && mlpWidth > 0 && layers > 0 && heads > 0 && width % heads == 0,
                "EncoderConfig: sizes must be positive and heads divide the width, got width %s,"
                        + " MLP width %s, %s layers, %s heads",
                width,
                mlpWidth,
                layers,
                heads);
    }

    /** Another size with MLPs four times as wide. */
    EncoderConfig sized(int newWidth, int newLayers, int newHeads) {
        return new EncoderConfig(
                newWidth, 4 * newWidth, newLayers, newHeads, activation, layerNormEps);
    }

    EncoderConfig withActivation(Activation other) {
        return new EncoderConfig(width, mlpWidth, layers, heads, other, layerNormEps);
    }
}

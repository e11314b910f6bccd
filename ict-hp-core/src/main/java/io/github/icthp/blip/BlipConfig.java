package io.github.icthp.blip;

import com.google.common.base.Preconditions;

import io.github.icthp.clip.Activation;
import io.github.icthp.clip.EncoderConfig;
import io.github.icthp.weights.Weights;

/**
 * The shape of a BLIP model: a vision transformer and a BERT that reads its tokens.
 *
 * @param vision the vision encoder; its layer norm's epsilon is 1e-6 in the authors' code and
 *     usually 1e-5 in transformers' configurations
 * @param imageSize the side of an image, in pixels, a multiple of the patch
 * @param storedImageSize the side that the weights' position table was made for; another than
 *     {@code imageSize} has the table interpolated
 * @param patchSize the side of a patch, in pixels
 * @param text the text encoder
 * @param vocabulary the number of tokens, {@code [DEC]} and {@code [ENC]} included
 * @param positions the longest text, in tokens
 * @param projection the width of the features that text and image share
 */
public record BlipConfig(
        EncoderConfig vision,
        int imageSize,
        int storedImageSize,
        int patchSize,
        EncoderConfig text,
        int vocabulary,
        int positions,
        int projection) {

    private static final EncoderConfig BERT_BASE =
            new EncoderConfig(768, 3072, 12, 12, Activation.GELU, 1e-12);

    /** The authors' epsilon of the vision tower's layer norms. */
    private static final double VISION_EPS = 1e-6;

    /**
     * Checks the shape.
     *
     * @param vision the vision encoder
     * @param imageSize the side of an image, in pixels, a multiple of the patch
     * @param storedImageSize the side that the weights' position table was made for
     * @param patchSize the side of a patch, in pixels
     * @param text the text encoder
     * @param vocabulary the number of tokens
     * @param positions the longest text, in tokens
     * @param projection the width of the features that text and image share
     * @throws IllegalArgumentException if a size is not positive, a patch does not divide the
     *     image, or an activation is not the exact GELU
     */
    public BlipConfig {
        Preconditions.checkArgument(
                vocabulary > 0 && positions > 0 && projection > 0,
                "BlipConfig: sizes must be positive, got vocabulary %s, positions %s, projection"
                        + " %s",
                vocabulary,
                positions,
                projection);
        Preconditions.checkArgument(
                patchSize > 0
                        && divides(patchSize, imageSize)
                        && divides(patchSize, storedImageSize),
                "BlipConfig: patches must tile the image, got patch %s, image %s, stored image %s",
                patchSize,
                imageSize,
                storedImageSize);
        Preconditions.checkArgument(
                vision.activation() == Activation.GELU && text.activation() == Activation.GELU,
                "BlipConfig: BLIP's activation is gelu, got %s for images and %s for texts",
                vision.activation(),
                text.activation());
    }

    private static boolean divides(int patch, int image) {
        return image >= patch && image % patch == 0;
    }

    /**
     * Returns the authors' retrieval model with ViT-B/16 at 384 pixels ({@code
     * model_base_retrieval_coco.pth}).
     *
     * @return the preset: 223,744,258 parameters with its heads
     */
    public static BlipConfig retrievalBase() {
        return authors(768, 12, 12, 384);
    }

    /**
     * Returns the authors' retrieval model with ViT-L/16 at 384 pixels ({@code
     * model_large_retrieval_coco.pth}).
     *
     * @return the preset: 446,128,642 parameters with its heads
     */
    public static BlipConfig retrievalLarge() {
        return authors(1024, 24, 16, 384);
    }

    /**
     * Returns ImageReward's backbone: ViT-L/16 at 224 pixels ({@code ImageReward.pt}).
     *
     * @return the preset
     */
    public static BlipConfig imageReward() {
        return authors(1024, 24, 16, 224);
    }

    private static BlipConfig authors(int width, int layers, int heads, int imageSize) {
        EncoderConfig vision =
                new EncoderConfig(width, 4 * width, layers, heads, Activation.GELU, VISION_EPS);
        return new BlipConfig(vision, imageSize, imageSize, 16, BERT_BASE, 30524, 512, 256);
    }

    /**
     * Returns this model for images of another size: the position table that the weights hold is
     * interpolated, as the authors' loader does.
     *
     * @param side the side of an image, in pixels, a multiple of the patch
     * @return the model's shape with {@link #storedImageSize} as it is
     * @throws IllegalArgumentException if patches do not tile such an image
     */
    public BlipConfig withImageSize(int side) {
        return new BlipConfig(
                vision, side, storedImageSize, patchSize, text, vocabulary, positions, projection);
    }

    /**
     * Returns this model with the projection's width that some weights have: the authors'
     * configuration files do not name it.
     *
     * @param weights weights in either layout
     * @return the model's shape; this one if the weights have no projection of texts
     */
    public BlipConfig withProjectionOf(Weights weights) {
        String name = "text_proj.weight";
        Weights plain = BlipKeys.toHuggingFace(weights);
        if (!plain.names().contains(name) || plain.info(name).shape().dimension() != 2) {
            return this;
        }
        return new BlipConfig(
                vision,
                imageSize,
                storedImageSize,
                patchSize,
                text,
                vocabulary,
                positions,
                (int) plain.info(name).shape().get(0));
    }

    /**
     * Returns the number of tokens that an image becomes.
     *
     * @return T: one for every patch, and the class token
     */
    public int imageTokens() {
        return tokens(imageSize);
    }

    /** The rows of the position table that the weights hold. */
    int storedImageTokens() {
        return tokens(storedImageSize);
    }

    private int tokens(int side) {
        int patches = side / patchSize;
        return patches * patches + 1;
    }
}

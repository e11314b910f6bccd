package io.github.icthp.clip;

import com.google.common.base.Preconditions;

/**
 * The shape of a CLIP model.
 *
 * @param text the text encoder
 * @param vocabulary the number of tokens
 * @param positions the longest text, in tokens
 * @param endToken the id at which text is pooled; 2 stands for the largest id, as old configs mean
 * @param vision the vision encoder
 * @param imageSize the side of an image, in pixels
 * @param patchSize the side of a patch, in pixels, at most the image's
 * @param projection the width of the features that text and image share
 */
public record ClipConfig(
        EncoderConfig text,
        int vocabulary,
        int positions,
        int endToken,
        EncoderConfig vision,
        int imageSize,
        int patchSize,
        int projection) {

    /** Configs written by old libraries say 2 and mean the position of the largest id. */
    static final int LARGEST_ID = 2;

    /**
     * Checks the shape.
     *
     * @param text the text encoder
     * @param vocabulary the number of tokens
     * @param positions the longest text, in tokens
     * @param endToken the id at which text is pooled; 2 stands for the largest id, as old configs
     *     mean
     * @param vision the vision encoder
     * @param imageSize the side of an image, in pixels
     * @param patchSize the side of a patch, in pixels, at most the image's
     * @param projection the width of the features that text and image share
     * @throws IllegalArgumentException if a size is not positive or a patch exceeds the image
     */
    public ClipConfig {
        Preconditions.checkArgument(
                vocabulary > 0 && positions > 0 && projection > 0,
                "ClipConfig: sizes must be positive, got vocabulary %s, positions %s, projection"
                        + " %s",
                vocabulary,
                positions,
                projection);
        Preconditions.checkArgument(
                patchSize > 0 && imageSize >= patchSize,
                "ClipConfig: a patch must fit the image, got patch %s, image %s",
                patchSize,
                imageSize);
    }

    /**
     * Returns LAION's CLIP ViT-H/14, the base of ICT and HP
     * (laion/CLIP-ViT-H-14-laion2B-s32B-b79K).
     *
     * @return the preset: 986,109,441 parameters
     */
    public static ClipConfig vitH14() {
        return new ClipConfig(
                new EncoderConfig(1024, 4096, 24, 16, Activation.GELU, 1e-5),
                49408,
                77,
                LARGEST_ID,
                new EncoderConfig(1280, 5120, 32, 16, Activation.GELU, 1e-5),
                224,
                14,
                1024);
    }

    /**
     * Returns OpenAI's CLIP ViT-L/14 (openai/clip-vit-large-patch14).
     *
     * @return the preset: 427,616,513 parameters
     */
    public static ClipConfig vitL14() {
        return new ClipConfig(
                new EncoderConfig(768, 3072, 12, 12, Activation.QUICK_GELU, 1e-5),
                49408,
                77,
                LARGEST_ID,
                new EncoderConfig(1024, 4096, 24, 16, Activation.QUICK_GELU, 1e-5),
                224,
                14,
                768);
    }

    /**
     * Returns OpenAI's CLIP ViT-B/32 (openai/clip-vit-base-patch32).
     *
     * @return the preset: 151,277,313 parameters
     */
    public static ClipConfig vitB32() {
        return new ClipConfig(
                new EncoderConfig(512, 2048, 12, 8, Activation.QUICK_GELU, 1e-5),
                49408,
                77,
                LARGEST_ID,
                new EncoderConfig(768, 3072, 12, 12, Activation.QUICK_GELU, 1e-5),
                224,
                32,
                512);
    }

    /**
     * Returns the same shape with another activation in both towers.
     *
     * @param activation the MLPs' activation
     * @return the shape
     */
    public ClipConfig withActivation(Activation activation) {
        return new ClipConfig(
                text.withActivation(activation),
                vocabulary,
                positions,
                endToken,
                vision.withActivation(activation),
                imageSize,
                patchSize,
                projection);
    }

    /**
     * Begins with another shape.
     *
     * @param base what is kept unless it is set, such as {@link #vitB32}
     * @return a builder
     */
    public static Builder from(ClipConfig base) {
        return new Builder(base);
    }

    /** A shape that is being made; later calls override earlier ones. */
    public static final class Builder {

        private EncoderConfig text;
        private int vocabulary;
        private int positions;
        private int endToken;
        private EncoderConfig vision;
        private int imageSize;
        private int patchSize;
        private int projection;

        private Builder(ClipConfig base) {
            text = base.text;
            vocabulary = base.vocabulary;
            positions = base.positions;
            endToken = base.endToken;
            vision = base.vision;
            imageSize = base.imageSize;
            patchSize = base.patchSize;
            projection = base.projection;
        }

        /**
         * Sets the size of both towers and of the features they share; MLPs are four times as wide.
         *
         * @param width of a token
         * @param layers in each tower
         * @param heads of attention
         * @return this
         */
        public Builder towers(int width, int layers, int heads) {
            text = text.sized(width, layers, heads);
            vision = vision.sized(width, layers, heads);
            projection = width;
            return this;
        }

        /**
         * Sets the tokens.
         *
         * @param size how many there are
         * @param end the id at which text is pooled
         * @return this
         */
        public Builder vocabulary(int size, int end) {
            vocabulary = size;
            endToken = end;
            return this;
        }

        /**
         * Sets the longest text.
         *
         * @param tokens in tokens
         * @return this
         */
        public Builder positions(int tokens) {
            positions = tokens;
            return this;
        }

        /**
         * Sets the images.
         *
         * @param side of an image, in pixels
         * @param patch side of a patch, in pixels
         * @return this
         */
        public Builder images(int side, int patch) {
            imageSize = side;
            patchSize = patch;
            return this;
        }

        /**
         * Completes the shape.
         *
         * @return the shape
         * @throws IllegalArgumentException if a size is not positive or a patch exceeds the image
         */
        public ClipConfig build() {
            return new ClipConfig(
                    text,
                    vocabulary,
                    positions,
                    endToken,
                    vision,
                    imageSize,
                    patchSize,
                    projection);
        }
    }

    /**
     * Returns the number of tokens that an image becomes.
     *
     * @return one for every whole patch, and the class token
     */
    public int imageTokens() {
        int side = imageSize / patchSize;
        return side * side + 1;
    }
}

package io.github.icthp.reward;

/**
 * How the aesthetic predictor's pictures are cropped. The rules are one pixel apart for odd
 * differences, which can move a score by some tenths.
 */
public enum AestheticCrop {
    /** As transformers' image processor: RGB first, the crop's offset rounded down. */
    TRANSFORMERS,
    /**
     * As the authors' script with OpenAI's clip package: resized in the mode of the picture's file,
     * the crop's offset rounded to the nearest number, ties to even.
     */
    TORCHVISION
}

package io.github.icthp.examples.pretraining;

import java.awt.image.BufferedImage;

/**
 * A picture to learn from.
 *
 * @param prompt what it shows
 * @param image the picture
 */
public record CaptionedPicture(String prompt, BufferedImage image) {}

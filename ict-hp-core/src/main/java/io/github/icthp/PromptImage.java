package io.github.icthp;

import java.nio.file.Path;

/**
 * An image and the prompt it is scored for.
 *
 * @param prompt the text; an empty one is a text too
 * @param image the image
 */
public record PromptImage(String prompt, ImageSource image) {

    /**
     * Pairs a prompt with a file.
     *
     * @param prompt the text
     * @param file an image file
     * @return the pair
     */
    public static PromptImage of(String prompt, Path file) {
        return new PromptImage(prompt, new ImageSource.File(file));
    }
}

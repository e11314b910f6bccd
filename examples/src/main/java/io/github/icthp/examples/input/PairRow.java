package io.github.icthp.examples.input;

import io.github.icthp.ImageSource;
import io.github.icthp.PromptImage;
import io.github.icthp.examples.console.UnusableException;

import java.util.Optional;

/**
 * A row of a file of pairs.
 *
 * @param pair what it names; if it cannot be used, an image that cannot be read, so that it fails
 *     alone among the others
 * @param problem why the row is no pair, with the file and the line
 */
record PairRow(PromptImage pair, Optional<String> problem) {

    static PairRow of(String prompt, ImageSource image) {
        return new PairRow(new PromptImage(prompt, image), Optional.empty());
    }

    /** A row of which nothing can be used. */
    static PairRow damaged(String place, String problem) {
        return new PairRow(new PromptImage("", unreadable(place, problem)), Optional.of(problem));
    }

    /** An image whose reading fails with a message. */
    static ImageSource unreadable(String name, String problem) {
        return new ImageSource.Encoded(
                name,
                () -> {
                    throw new UnusableException(problem);
                });
    }
}

package io.github.icthp;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * A picture that has not been decoded yet: a file, encoded bytes from elsewhere, or a drawing.
 *
 * <p>Sources are cheap to hold and safe to share between threads. Reading one twice gives the same
 * picture.
 */
public sealed interface ImageSource {

    /**
     * Returns what messages and tables call this picture.
     *
     * @return a file path or another name that tells the picture apart
     */
    String name();

    /**
     * A picture in a file.
     *
     * @param path the file
     */
    record File(Path path) implements ImageSource {
        @Override
        public String name() {
            return path.toString();
        }
    }

    /**
     * A picture in encoded form (JPEG, PNG, WebP), fetched when it is needed.
     *
     * @param name what messages call it
     * @param bytes gives the whole encoded picture; called from any thread, any number of times
     */
    record Encoded(String name, Bytes bytes) implements ImageSource {}

    /**
     * A picture that a program draws when it is needed.
     *
     * @param name what messages call it
     * @param picture draws it; called from any thread, and gives equal pixels at every call
     */
    record Drawn(String name, Supplier<BufferedImage> picture) implements ImageSource {}

    /** Fetches an encoded picture. */
    @FunctionalInterface
    interface Bytes {
        /**
         * Returns the whole encoded picture.
         *
         * @return the bytes of a picture file
         * @throws IOException if they cannot be fetched
         */
        byte[] get() throws IOException;
    }
}

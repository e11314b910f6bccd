package io.github.icthp.train.data;

import io.github.icthp.ImageSource;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Turns pictures into pixel values as a model takes them, each of the same size in bytes. */
public interface PixelReader {

    /**
     * Returns the size of a picture's pixel values.
     *
     * @return bytes, at least 1
     */
    int bytesPerImage();

    /**
     * Decodes a picture. Called from many threads at once.
     *
     * @param image the picture
     * @param pixels receives the values from its start, in native byte order; holds exactly {@link
     *     #bytesPerImage}
     * @throws IOException if the picture cannot be read or decoded
     */
    void read(ImageSource image, ByteBuffer pixels) throws IOException;
}

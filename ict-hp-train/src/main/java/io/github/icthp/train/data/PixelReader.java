package io.github.icthp.train.data;

import io.github.icthp.ImageSource;

import java.io.IOException;
import java.nio.FloatBuffer;

/**
 * Turns pictures into pixels as a model takes them.
 *
 * <p>S is the edge in pixels; pixels are (3, S, S): channels red, green and blue, then rows.
 */
public interface PixelReader {

    /**
     * Returns S.
     *
     * @return the edge of the square that every picture becomes
     */
    int edge();

    /**
     * Decodes a picture. Called from many threads at once.
     *
     * @param image the picture
     * @param pixels receives 3·S·S values from its position on
     * @throws IOException if the picture cannot be read or decoded
     */
    void read(ImageSource image, FloatBuffer pixels) throws IOException;
}

package io.github.icthp.train.pickhigh;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Makes pictures of prompts: a diffusion pipeline, a service, a painter. */
public interface PromptRenderer {

    /**
     * Returns what the data card says of this renderer.
     *
     * @return model and settings
     */
    String description();

    /**
     * Returns how many pictures are made at once. A build asks for so many, and always for the same
     * together, since a batch may round otherwise than a picture alone.
     *
     * @return 1 unless it says otherwise
     */
    default int batch() {
        return 1;
    }

    /**
     * Makes pictures, each a PNG file that appears whole or not at all.
     *
     * @param pictures what to make, at most {@link #batch}; equal ones give equal files
     * @throws IOException if a picture cannot be made or written
     */
    void render(List<Picture> pictures) throws IOException;

    /**
     * A picture to be made.
     *
     * @param row the row that it belongs to
     * @param prompt what to show
     * @param seed its seed: the build's seed and the row's number, added
     * @param file where to write it; its folder is there
     */
    record Picture(long row, String prompt, long seed, Path file) {}
}

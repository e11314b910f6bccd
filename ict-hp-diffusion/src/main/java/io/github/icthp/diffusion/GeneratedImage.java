package io.github.icthp.diffusion;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * A picture with what it was made from.
 *
 * @param image the picture, 8-bit RGB
 * @param request the request that makes this picture alone, on the same model
 * @param provenance how it was made: model, precision, device, noise, versions
 */
public record GeneratedImage(
        BufferedImage image, GenerationRequest request, Map<String, String> provenance) {

    /** The keyword of the metadata that hold request and provenance. */
    static final String KEYWORD = "ict-hp";

    /**
     * Copies the map.
     *
     * @param image the picture
     * @param request the request that makes this picture alone
     * @param provenance how it was made
     */
    public GeneratedImage {
        provenance = Map.copyOf(provenance);
    }

    /**
     * Returns one line: the size and the request.
     *
     * @return for people
     */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "GeneratedImage[%d x %d, %s]",
                image.getWidth(),
                image.getHeight(),
                request);
    }

    /**
     * Writes a PNG file with request and provenance in its metadata, as JSON in an iTXt chunk.
     *
     * @param file the file, replaced in one step if it is there
     * @throws java.io.UncheckedIOException if it cannot be written
     */
    public void write(Path file) {
        PngFile.write(image, KEYWORD, RequestJson.write(request, provenance), file);
    }

    /**
     * Reads the request from a PNG file that {@link #write} wrote. Adapters are not part of it:
     * notes say which there were, {@code styles} among them.
     *
     * @param file the file
     * @return the request that made it
     * @throws IllegalArgumentException if the file holds no request
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    public static GenerationRequest readRequest(Path file) {
        String text =
                PngFile.text(file, KEYWORD)
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "GeneratedImage: "
                                                        + file
                                                        + " has no '"
                                                        + KEYWORD
                                                        + "' metadata; expected a PNG file written"
                                                        + " by this library"));
        return RequestJson.read(text, file.toString());
    }
}

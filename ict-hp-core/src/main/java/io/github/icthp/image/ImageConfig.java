package io.github.icthp.image;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How pictures become what a vision tower reads: resized, cropped at the center, scaled to [0,1]
 * and normalized, as {@code processor_config.json} or {@code preprocessor_config.json} says.
 *
 * @param resize the size that a picture is given first
 * @param height height of the result, cropped at the center or padded with black
 * @param width width of the result
 * @param rescaleFactor what 8-bit samples are multiplied with
 * @param mean subtracted then, for red, green and blue
 * @param std divided by last, for red, green and blue
 */
public record ImageConfig(
        Resize resize,
        int height,
        int width,
        double rescaleFactor,
        List<Double> mean,
        List<Double> std) {

    /** OpenAI's mean of red, green and blue, which all CLIP models of this library use. */
    public static final List<Double> OPENAI_MEAN = List.of(0.48145466, 0.4578275, 0.40821073);

    /** OpenAI's standard deviation of red, green and blue. */
    public static final List<Double> OPENAI_STD = List.of(0.26862954, 0.26130258, 0.27577711);

    /** What 8-bit samples are multiplied with unless a configuration says otherwise. */
    public static final double TO_UNIT = 1 / 255.0;

    /** The size that a picture is given before it is cropped. */
    public sealed interface Resize {

        /**
         * The shorter edge gets a length, the longer one the length that keeps the aspect, rounded
         * down.
         *
         * @param pixels length of the shorter edge
         */
        record ShortestEdge(int pixels) implements Resize {

            /** How often the longer side of float pixels may hold the shorter. */
            public static final int MOST_ASPECT = 256;

            /**
             * Returns the size that float pixels are given. All of them are resized before the
             * middle is cut out, so that very wide or tall ones would take gigabytes.
             *
             * @param height height in pixels
             * @param width width in pixels
             * @return height and width after resizing
             * @throws IllegalArgumentException if one side is more than {@value #MOST_ASPECT} times
             *     the other
             */
            public Exact sizeOf(long height, long width) {
                long shortest = Math.min(height, width);
                if (shortest < 1 || Math.max(height, width) > MOST_ASPECT * shortest) {
                    throw new IllegalArgumentException(
                            "DifferentiableReward: pixels of height "
                                    + height
                                    + " and width "
                                    + width
                                    + " would all be resized to a shorter side of "
                                    + pixels
                                    + " before the middle is cut out; the longer side may be at"
                                    + " most "
                                    + MOST_ASPECT
                                    + " times the shorter; cut out the middle first");
                }
                return new Exact(
                        (int) (pixels * height / shortest), (int) (pixels * width / shortest));
            }
        }

        /**
         * Both edges get a length, whatever becomes of the aspect.
         *
         * @param height height in pixels
         * @param width width in pixels
         */
        record Exact(int height, int width) implements Resize {}

        /** The picture keeps its size. */
        record Keep() implements Resize {}
    }

    /**
     * Checks the settings.
     *
     * @param resize the size that a picture is given first
     * @param height height of the result
     * @param width width of the result
     * @param rescaleFactor what 8-bit samples are multiplied with
     * @param mean subtracted then, three values
     * @param std divided by last, three values other than zero
     * @throws IllegalArgumentException if a size is not positive or a list has not three values
     */
    public ImageConfig {
        mean = List.copyOf(mean);
        std = List.copyOf(std);
        boolean sized = height > 0 && width > 0 && positive(resize);
        if (!sized || mean.size() != 3 || std.size() != 3 || std.contains(0.0)) {
            throw new IllegalArgumentException(
                    "ClipImageConfig: sizes must be positive, mean and std three numbers, std not 0;"
                            + " got "
                            + resize
                            + ", height "
                            + height
                            + ", width "
                            + width
                            + ", mean "
                            + mean
                            + ", std "
                            + std);
        }
    }

    private static boolean positive(Resize resize) {
        if (resize instanceof Resize.ShortestEdge edge) {
            return edge.pixels() > 0;
        }
        return !(resize instanceof Resize.Exact exact) || (exact.height() > 0 && exact.width() > 0);
    }

    /**
     * Returns CLIP's usual settings.
     *
     * @param size edge of the square result in pixels: 224 for ViT-H/14, L/14 and B/32
     * @return shortest edge and center crop of this size, OpenAI's mean and standard deviation
     */
    public static ImageConfig square(int size) {
        return new ImageConfig(
                new Resize.ShortestEdge(size), size, size, TO_UNIT, OPENAI_MEAN, OPENAI_STD);
    }

    /**
     * Writes these settings as transformers' {@code CLIPImageProcessor} reads them.
     *
     * @return the content of a {@code preprocessor_config.json}
     */
    public String toJson() {
        return ImageConfigJson.write(this);
    }

    /**
     * Reads the image settings of a model, saved by any version of transformers: sizes may be
     * numbers or objects, and what is not said is as in {@code CLIPImageProcessor}. In a folder
     * {@code processor_config.json} is read if it has image settings, else {@code
     * preprocessor_config.json}, as {@code CLIPProcessor.from_pretrained} does.
     *
     * @param path one of these files, or a folder that holds one
     * @return its settings
     * @throws IllegalArgumentException if it asks for what this library does not do
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    public static ImageConfig read(Path path) {
        Path file = path;
        if (Files.isDirectory(path)) {
            file = ProcessorFile.find(path).orElseGet(() -> path.resolve(ProcessorFile.IMAGES));
        }
        return ProcessorFile.read(file);
    }
}

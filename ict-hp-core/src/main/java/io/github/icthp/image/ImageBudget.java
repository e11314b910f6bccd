package io.github.icthp.image;

import java.util.Locale;

/**
 * What one picture may take: pixels by the caller's limit, memory by the heap. Both are known from
 * a file's header, before anything is decoded.
 */
final class ImageBudget {

    /** What is left is the program's own. */
    private static final double SHARE_OF_HEAP = 0.75;

    private static final double MEGABYTE = 1e6;
    private static final double MEBIBYTE = 1 << 20;

    private final ImageLimits limits;
    private final long heap;
    private String picture = "picture";
    private long bytes;

    ImageBudget(ImageLimits limits, long heap) {
        this.limits = limits;
        this.heap = heap;
    }

    /** The budget of a picture in this program. */
    static ImageBudget of(ImageLimits limits) {
        return new ImageBudget(limits, Runtime.getRuntime().maxMemory());
    }

    /**
     * Checks a size that a header states.
     *
     * @param width pixels in a row
     * @param height rows
     * @param bytesPerPixel what decoding holds of the heap at its most, the RGB result included
     */
    void check(int width, int height, int bytesPerPixel) throws ImageFormatException {
        limits.check(width, height);
        picture = "picture of " + width + "x" + height + " pixels";
        bytes = (long) width * height * bytesPerPixel;
        if (bytes > SHARE_OF_HEAP * heap) {
            throw new ImageFormatException(tooLarge());
        }
    }

    /** What a picture's failure is called when the heap was full all the same. */
    String tooLarge() {
        if (bytes == 0) {
            return "the heap of " + megabytes(heap) + " MB is full; raise -Xmx";
        }
        return String.format(
                Locale.ROOT,
                "%s needs %s MB of heap, too much beside the rest in %s MB; raise -Xmx, to %.0fm at"
                        + " least",
                picture,
                megabytes(bytes),
                megabytes(heap),
                Math.ceil(Math.max(bytes / SHARE_OF_HEAP, heap * 1.25) / MEBIBYTE));
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.0f", Math.ceil(bytes / MEGABYTE));
    }
}

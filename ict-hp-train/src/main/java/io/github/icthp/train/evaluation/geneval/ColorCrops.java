package io.github.icthp.train.evaluation.geneval;

import io.github.icthp.image.RgbImage;
import io.github.icthp.mask2former.ObjectMask;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Cuts objects out of a picture for the color classifier.
 *
 * @param background the color around an object, 0xRRGGBB; empty leaves the picture there
 * @param crop whether to cut the picture to the object's box
 */
record ColorCrops(OptionalInt background, boolean crop) {

    /** The benchmark's: #999 around the object, cut to its box. */
    static final ColorCrops PUBLISHED = new ColorCrops(OptionalInt.of(0x999999), true);

    private static final int CHANNELS = 3;
    private static final int BYTE = 8;

    /**
     * Cuts out an object.
     *
     * @param mask its pixels, in a picture of this size; without one the whole box is taken
     */
    RgbImage cut(RgbImage image, Optional<ObjectMask> mask, Detection box) {
        int left = crop ? Math.round(box.left()) : 0;
        int top = crop ? Math.round(box.top()) : 0;
        int width = crop ? Math.round(box.right()) - left : image.width();
        int height = crop ? Math.round(box.bottom()) - top : image.height();
        byte[] rgb = image.rgb();
        byte[] cut = new byte[CHANNELS * width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                boolean covered = mask.isEmpty() || mask.get().covers(left + x, top + y);
                int from = CHANNELS * ((top + y) * image.width() + left + x);
                for (int c = 0; c < CHANNELS; c++) {
                    cut[CHANNELS * (y * width + x) + c] =
                            covered ? rgb[from + c] : around(rgb[from + c], c);
                }
            }
        }
        return RgbImage.of(width, height, cut);
    }

    private byte around(byte level, int channel) {
        return background.isEmpty()
                ? level
                : (byte) (background.getAsInt() >> (BYTE * (CHANNELS - 1 - channel)));
    }

    /** Says in words what this is. */
    @Override
    public String toString() {
        return Arrays.asList(
                        background.isEmpty()
                                ? "own background"
                                : "background "
                                        + String.format(
                                                java.util.Locale.ROOT,
                                                "#%06x",
                                                background.getAsInt()),
                        crop ? "cut to the box" : "whole picture")
                .toString();
    }
}

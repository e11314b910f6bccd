package io.github.icthp.image;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DirectColorModel;
import java.awt.image.Raster;

/**
 * Turns a {@link BufferedImage} into RGB bytes. Samples are taken as they are stored: alpha is
 * dropped without compositing, no color profile or gamma is applied (as {@code getRGB} does to
 * gray), and 16-bit samples keep their high byte.
 */
final class ImageRaster {

    private ImageRaster() {}

    static RgbImage toRgb(BufferedImage image) {
        byte[] rgb = new byte[Math.multiplyExact(3 * image.getWidth(), image.getHeight())];
        for (int y = 0; y < image.getHeight(); y++) {
            if (hasPlainSamples(image.getColorModel())) {
                copySamples(image.getRaster(), y, rgb);
            } else if (image.getColorModel() instanceof DirectColorModel colors
                    && hasCoarseSamples(colors)) {
                copyCoarse(image.getRaster(), colors, y, rgb);
            } else {
                copyColors(image, y, rgb);
            }
        }
        return RgbImage.wrap(image.getWidth(), image.getHeight(), rgb);
    }

    /** Returns the alpha of every pixel, as a gray picture. */
    static RgbImage alpha(BufferedImage image) {
        ColorModel colors = image.getColorModel();
        byte[] levels = new byte[3 * image.getWidth() * image.getHeight()];
        int at = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                byte level = (byte) colors.getAlpha(image.getRaster().getDataElements(x, y, null));
                levels[at++] = level;
                levels[at++] = level;
                levels[at++] = level;
            }
        }
        return RgbImage.wrap(image.getWidth(), image.getHeight(), levels);
    }

    private static boolean hasPlainSamples(ColorModel colors) {
        int type = colors.getTransferType();
        int components = colors.getNumColorComponents();
        return colors instanceof ComponentColorModel
                && !colors.isAlphaPremultiplied()
                && (type == DataBuffer.TYPE_BYTE || type == DataBuffer.TYPE_USHORT)
                && (components == 1 || components == 3);
    }

    private static void copySamples(Raster raster, int y, byte[] rgb) {
        int width = raster.getWidth();
        int shift = raster.getTransferType() == DataBuffer.TYPE_USHORT ? 8 : 0;
        boolean gray = raster.getNumBands() < 3;
        int[] samples = new int[width];
        for (int c = 0; c < 3; c++) {
            if (c == 0 || !gray) {
                int row = raster.getMinY() + y;
                raster.getSamples(raster.getMinX(), row, width, 1, c, samples);
            }
            for (int x = 0, o = 3 * width * y + c; x < width; x++, o += 3) {
                rgb[o] = (byte) (samples[x] >> shift);
            }
        }
    }

    private static boolean hasCoarseSamples(DirectColorModel colors) {
        return !colors.isAlphaPremultiplied()
                && colors.getNumColorComponents() == 3
                && colors.getComponentSize(0) < 8;
    }

    /** Five or six bits are spread over 0..255 and cut, as Pillow does; {@code getRGB} rounds. */
    private static void copyCoarse(Raster raster, DirectColorModel colors, int y, byte[] rgb) {
        int width = raster.getWidth();
        int[] samples = new int[width];
        for (int c = 0; c < 3; c++) {
            int most = (1 << colors.getComponentSize(c)) - 1;
            raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, c, samples);
            for (int x = 0, o = 3 * width * y + c; x < width; x++, o += 3) {
                rgb[o] = (byte) (samples[x] * 255 / most);
            }
        }
    }

    /** Packed, indexed and premultiplied pixels mean what their color model says. */
    private static void copyColors(BufferedImage image, int y, byte[] rgb) {
        int[] row = image.getRGB(0, y, image.getWidth(), 1, null, 0, image.getWidth());
        int o = 3 * image.getWidth() * y;
        for (int argb : row) {
            rgb[o++] = (byte) (argb >> 16);
            rgb[o++] = (byte) (argb >> 8);
            rgb[o++] = (byte) argb;
        }
    }
}

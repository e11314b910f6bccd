package io.github.icthp.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The way a camera was held, from a picture's EXIF block (tag 0x0112), and the turn that sets the
 * picture upright, as Pillow's {@code ImageOps.exif_transpose}.
 */
final class ImageOrientation {

    private static final int UPRIGHT = 1;
    private static final int TAG = 0x0112;
    private static final int SHORT = 3;
    private static final int ENTRY = 12;

    private ImageOrientation() {}

    /** Reads the orientation, 1 to 8, of a TIFF block; 1 where it is missing or makes no sense. */
    static int read(byte[] exif) {
        if (exif.length < 8 || exif[0] != exif[1] || (exif[0] != 'I' && exif[0] != 'M')) {
            return UPRIGHT;
        }
        ByteOrder order = exif[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        ByteBuffer tiff = ByteBuffer.wrap(exif).order(order);
        int directory = tiff.getInt(4);
        if (directory < 8 || directory > exif.length - 2) {
            return UPRIGHT;
        }
        int entries = tiff.getShort(directory) & 0xFFFF;
        for (int i = 0; i < entries; i++) {
            int entry = directory + 2 + ENTRY * i;
            if (entry > exif.length - ENTRY) {
                return UPRIGHT;
            }
            if (tiff.getShort(entry) == TAG && tiff.getShort(entry + 2) == SHORT) {
                int value = tiff.getShort(entry + 8);
                return value >= 1 && value <= 8 ? value : UPRIGHT;
            }
        }
        return UPRIGHT;
    }

    /** Turns a picture upright. */
    static RgbImage apply(int orientation, RgbImage image) {
        if (orientation == UPRIGHT) {
            return image;
        }
        boolean turned = orientation >= 5;
        int width = turned ? image.height() : image.width();
        int height = turned ? image.width() : image.height();
        byte[] from = image.pixels();
        byte[] to = new byte[from.length];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int source = 3 * source(orientation, image, x, y);
                System.arraycopy(from, source, to, 3 * (y * width + x), 3);
            }
        }
        return RgbImage.wrap(width, height, to);
    }

    /** Returns which stored pixel belongs at a place of the upright picture. */
    private static int source(int orientation, RgbImage image, int x, int y) {
        int right = image.width() - 1;
        int bottom = image.height() - 1;
        return switch (orientation) {
            case 2 -> y * image.width() + right - x;
            case 3 -> (bottom - y) * image.width() + right - x;
            case 4 -> (bottom - y) * image.width() + x;
            case 5 -> x * image.width() + y;
            case 6 -> (bottom - x) * image.width() + y;
            case 7 -> (bottom - x) * image.width() + right - y;
            default -> x * image.width() + right - y;
        };
    }
}

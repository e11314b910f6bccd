package io.github.icthp.image;

/**
 * Tells whether a GIF or BMP file's pixels are indices of colors: Pillow's modes {@code P} and
 * {@code 1}. A palette that is the gray levels in order makes no index of a level.
 */
final class ImagePalette {

    private static final int GIF_FLAGS = 10;
    private static final int GIF_TABLE = 13;
    private static final int BMP_HEADER_SIZE = 14;
    private static final int BMP_BITS = 28;
    private static final int BMP_COLORS = 46;

    private ImagePalette() {}

    static boolean isStored(byte[] file, ImageFormat format) {
        return switch (format) {
            case GIF -> gif(file);
            case BMP -> bmp(file);
            default -> false;
        };
    }

    private static boolean gif(byte[] file) {
        int flags = file[GIF_FLAGS];
        boolean global = (flags & 0x80) != 0;
        return !global || !grayLevels(file, GIF_TABLE, 2 << (flags & 7), 3);
    }

    private static boolean bmp(byte[] file) {
        int header = littleEndian(file, BMP_HEADER_SIZE);
        if (header < 40 || file.length < BMP_COLORS + 4) {
            return false;
        }
        int bits = file[BMP_BITS] & 0xFF;
        if (bits > 8) {
            return false;
        }
        int named = littleEndian(file, BMP_COLORS);
        int colors = named > 0 ? named : 1 << bits;
        return bits == 1 || !grayLevels(file, BMP_HEADER_SIZE + header, colors, 4);
    }

    private static boolean grayLevels(byte[] file, int start, int colors, int step) {
        for (int i = 0; i < colors; i++) {
            int at = start + i * step;
            if (at + 2 >= file.length) {
                return false;
            }
            byte level = (byte) i;
            if (file[at] != level || file[at + 1] != level || file[at + 2] != level) {
                return false;
            }
        }
        return true;
    }

    private static int littleEndian(byte[] file, int at) {
        return file.length < at + 4
                ? 0
                : (file[at] & 0xFF)
                        | ((file[at + 1] & 0xFF) << 8)
                        | ((file[at + 2] & 0xFF) << 16)
                        | (file[at + 3] << 24);
    }
}

package io.github.icthp.image;

/**
 * Turns the components of a JPEG picture into RGB as libjpeg and Pillow do: CMYK is taken to be
 * stored inverted, as Adobe writes it, and converted without a profile.
 */
final class JpegImageColors {

    // libjpeg's jdcolor.c: the conversion in 16-bit fixed point
    private static final int FIXED = 16;
    private static final int HALF = 1 << (FIXED - 1);
    private static final int R_OF_CR = fixed(1.40200);
    private static final int G_OF_CB = fixed(0.34414);
    private static final int G_OF_CR = fixed(0.71414);
    private static final int B_OF_CB = fixed(1.77200);

    private JpegImageColors() {}

    /** Converts interleaved components, which may be overwritten. */
    static byte[] toRgb(JpegImageHeader.Colors colors, byte[] components) {
        return switch (colors) {
            case GRAY -> ofGray(components);
            case CMYK -> ofInverseCmyk(components);
            case YCCK -> ofInverseCmyk(ofYcck(components));
            case YCC -> ofYcc(components);
            case RGB -> components;
        };
    }

    private static byte[] ofGray(byte[] gray) {
        byte[] rgb = new byte[3 * gray.length];
        for (int i = 0; i < gray.length; i++) {
            rgb[3 * i] = gray[i];
            rgb[3 * i + 1] = gray[i];
            rgb[3 * i + 2] = gray[i];
        }
        return rgb;
    }

    private static byte[] ofYcc(byte[] ycc) {
        for (int i = 0; i < ycc.length; i += 3) {
            convert(ycc, i);
        }
        return ycc;
    }

    /** Turns YCCK into the inverse of CMYK. */
    private static byte[] ofYcck(byte[] ycck) {
        for (int i = 0; i < ycck.length; i += 4) {
            convert(ycck, i);
            for (int c = 0; c < 3; c++) {
                ycck[i + c] = (byte) ~ycck[i + c];
            }
        }
        return ycck;
    }

    /** Turns the YCC of one pixel into RGB. */
    private static void convert(byte[] samples, int i) {
        int y = samples[i] & 0xFF;
        int cb = (samples[i + 1] & 0xFF) - 128;
        int cr = (samples[i + 2] & 0xFF) - 128;
        samples[i] = clamp(y + ((R_OF_CR * cr + HALF) >> FIXED));
        samples[i + 1] = clamp(y + ((HALF - G_OF_CB * cb - G_OF_CR * cr) >> FIXED));
        samples[i + 2] = clamp(y + ((B_OF_CB * cb + HALF) >> FIXED));
    }

    private static byte clamp(int value) {
        return (byte) Math.max(0, Math.min(255, value));
    }

    /** Pillow's {@code cmyk2rgb}: what black leaves, less its share of the ink. */
    private static byte[] ofInverseCmyk(byte[] inverse) {
        byte[] rgb = new byte[inverse.length / 4 * 3];
        for (int i = 0, o = 0; i < inverse.length; i += 4) {
            int left = inverse[i + 3] & 0xFF;
            for (int c = 0; c < 3; c++) {
                int ink = 255 - (inverse[i + c] & 0xFF);
                rgb[o++] = (byte) (left - divideBy255(ink * left));
            }
        }
        return rgb;
    }

    private static int divideBy255(int product) {
        int rounded = product + 128;
        return ((rounded >> 8) + rounded) >> 8;
    }

    private static int fixed(double factor) {
        return (int) (factor * (1 << FIXED) + 0.5);
    }
}

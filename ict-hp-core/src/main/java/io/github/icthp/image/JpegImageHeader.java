package io.github.icthp.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * What a JPEG file says of itself before its first scan, and how libjpeg reads it: which colors the
 * components are depends on markers and component names (libjpeg's {@code
 * default_decompress_parms}), on which decoders disagree.
 */
final class JpegImageHeader {

    /** What a picture's components are. */
    enum Colors {
        GRAY,
        YCC,
        RGB,
        CMYK,
        YCCK
    }

    private static final int START_OF_SCAN = 0xDA;
    private static final int END = 0xD9;
    private static final int PROGRESSIVE = 0xC2;
    private static final int ARITHMETIC = 0xC9;
    private static final int DHT = 0xC4;
    private static final int JPG = 0xC8;
    private static final int DAC = 0xCC;
    private static final int DQT = 0xDB;
    private static final int DRI = 0xDD;
    private static final int APP_0 = 0xE0;
    private static final int APP_1 = 0xE1;
    private static final int APP_14 = 0xEE;
    private static final byte[] JFIF = ascii("JFIF\0");
    private static final byte[] EXIF = ascii("Exif\0\0");
    private static final byte[] ADOBE = ascii("Adobe");
    private static final int ADOBE_TRANSFORM = 11;

    private final byte[] file;
    private final ByteArrayOutputStream tables = new ByteArrayOutputStream();
    private int at = 2;
    private int frame = -1;
    private boolean jfif;
    private int adobe = -1;
    private byte[] exif = {};

    /** Walks the segments up to the first scan. */
    JpegImageHeader(byte[] file) throws ImageFormatException {
        this.file = file;
        for (int marker = nextMarker(); marker != START_OF_SCAN; marker = nextMarker()) {
            if (marker == END) {
                throw new ImageFormatException("JPEG ends before its picture");
            }
            readSegment(marker);
        }
        if (frame < 0) {
            throw new ImageFormatException("JPEG has no frame header before its first scan");
        }
    }

    int width() {
        return word(frame + 3);
    }

    int height() {
        return word(frame + 1);
    }

    /**
     * Returns whether a component has every column of the picture but only every second row (as
     * both colors of a 4:4:0 picture).
     */
    boolean hasHalfTheRows(int component) {
        return sampling(component) >> 4 == largest(4)
                && 2 * (sampling(component) & 0xF) == largest(0);
    }

    /** Whether any component has every column but only every second row. */
    boolean hasHalfTheRows() {
        return IntStream.range(0, components()).anyMatch(this::hasHalfTheRows);
    }

    boolean isProgressive() {
        return (file[frame - 3] & 0xFF) == PROGRESSIVE;
    }

    int components() {
        return file[frame + 5] & 0xFF;
    }

    /** A component's sampling factors: across in the upper four bits, down in the lower. */
    private int sampling(int component) {
        return file[frame + 7 + 3 * component] & 0xFF;
    }

    private int largest(int shift) {
        return IntStream.range(0, components())
                .map(c -> sampling(c) >> shift & 0xF)
                .max()
                .orElse(0);
    }

    /** Returns the EXIF block, empty if there is none. */
    byte[] exif() {
        return exif;
    }

    /** Returns the segments that decoding needs, without what applications have added. */
    byte[] tables() {
        return tables.toByteArray();
    }

    /** Returns where the first scan starts in the file. */
    int scan() {
        return at - 2;
    }

    Colors colors() throws ImageFormatException {
        return switch (components()) {
            case 1 -> Colors.GRAY;
            case 3 -> isRgb() ? Colors.RGB : Colors.YCC;
            case 4 -> adobe > 0 ? Colors.YCCK : Colors.CMYK;
            default ->
                    throw new ImageFormatException(
                            "JPEG must have 1, 3 or 4 components, has " + components());
        };
    }

    private boolean isRgb() {
        boolean named = file[frame + 6] == 'R' && file[frame + 9] == 'G' && file[frame + 12] == 'B';
        return !jfif && (adobe == 0 || (adobe < 0 && named));
    }

    /** Returns the next marker, past whatever stands in front of it. */
    private int nextMarker() throws ImageFormatException {
        while (at + 1 < file.length) {
            int code = file[at + 1] & 0xFF;
            if (file[at] == (byte) 0xFF && code != 0 && code != 0xFF) {
                at += 2;
                return code;
            }
            at++;
        }
        throw new ImageFormatException("JPEG header is cut off");
    }

    private void readSegment(int marker) throws ImageFormatException {
        if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) {
            return; // stands alone
        }
        int length = at + 1 < file.length ? word(at) : 0;
        if (length < 2 || at + length > file.length) {
            throw new ImageFormatException("JPEG header is cut off");
        }
        boolean coding = marker >= 0xC0 && marker <= 0xCF && marker != JPG;
        if (coding && marker != DHT && marker != DAC) {
            if (marker > PROGRESSIVE) {
                throw new ImageFormatException(
                        "JPEG is "
                                + (marker < ARITHMETIC
                                        ? "lossless or hierarchical"
                                        : "arithmetic-coded")
                                + ", which not every Java runtime can read; save it as baseline or"
                                + " progressive JPEG, or as PNG");
            }
            frame = at + 2;
            if (length < 8 + 3 * (file[frame + 5] & 0xFF)) {
                throw new ImageFormatException("JPEG frame header is too short");
            }
        }
        if (coding || marker == DQT || marker == DRI) {
            tables.write(file, at - 2, length + 2);
        } else {
            readApplication(marker, at + 2, length - 2);
        }
        at += length;
    }

    private void readApplication(int marker, int from, int length) {
        if (marker == APP_0 && startsWith(from, length, JFIF)) {
            jfif = true;
        } else if (marker == APP_1 && exif.length == 0 && startsWith(from, length, EXIF)) {
            exif = Arrays.copyOfRange(file, from + EXIF.length, from + length);
        } else if (marker == APP_14
                && length > ADOBE_TRANSFORM
                && startsWith(from, length, ADOBE)) {
            adobe = file[from + ADOBE_TRANSFORM] & 0xFF;
        }
    }

    private boolean startsWith(int from, int length, byte[] name) {
        return length >= name.length
                && Arrays.equals(file, from, from + name.length, name, 0, name.length);
    }

    private int word(int from) {
        return (file[from] & 0xFF) << 8 | (file[from + 1] & 0xFF);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

package io.github.icthp.clip.vp8;

import java.io.IOException;

import javax.imageio.IIOException;

/** A key frame's header (RFC 6386, section 9), and readers for the rest of the frame. */
final class Vp8Header {

    private static final int SEGMENTS = 4;
    private static final int START = 10;

    private final int width;
    private final int height;
    private final Vp8Bits modes;
    private final Vp8Bits[] tokens;

    private final boolean segmented;
    private final boolean segmentMap;
    private final boolean segmentsAbsolute;
    private final int[] segmentQuantizer = new int[SEGMENTS];
    private final int[] segmentFilter = new int[SEGMENTS];
    private final int[] segmentChances = {255, 255, 255};

    private final boolean simpleFilter;
    private final int filterLevel;
    private final int sharpness;
    private final int filterDelta;
    private final int filterDeltaOfBlocks;

    private final Vp8Quantizer[] quantizers = new Vp8Quantizer[SEGMENTS];
    private final int[] coefficients = new int[Vp8Tables.COEFFICIENTS.length];
    private final boolean skipping;
    private final int skipChance;

    Vp8Header(byte[] data, int start, int end) throws IOException {
        if (end - start < START || !isShownKeyFrame(data, start)) {
            throw new IIOException("WebP holds no VP8 key frame");
        }
        int firstPart = little(data, start, 3) >> 5;
        this.width = little(data, start + 6, 2) & 0x3FFF;
        this.height = little(data, start + 8, 2) & 0x3FFF;
        int parts = start + START + firstPart;
        if (width == 0 || height == 0 || parts > end) {
            throw cutOff();
        }
        this.modes = new Vp8Bits(data, start + START, parts);
        modes.number(2); // colour space and clamping, which no decoder heeds

        this.segmented = modes.flag();
        this.segmentMap = segmented && modes.flag();
        this.segmentsAbsolute = !segmented || !modes.flag() || readSegments();
        if (segmentMap) {
            for (int i = 0; i < segmentChances.length; i++) {
                segmentChances[i] = modes.flag() ? modes.number(8) : 255;
            }
        }
        this.simpleFilter = modes.flag();
        this.filterLevel = modes.number(6);
        this.sharpness = modes.number(3);
        int[] deltas = readFilterDeltas();
        this.filterDelta = deltas[0];
        this.filterDeltaOfBlocks = deltas[4];
        this.tokens = parts(data, parts, end, 1 << modes.number(2));
        readQuantizers();
        modes.flag(); // whether later frames would keep the probabilities
        readCoefficients();
        this.skipping = modes.flag();
        this.skipChance = skipping ? modes.number(8) : 0;
    }

    private static boolean isShownKeyFrame(byte[] data, int start) {
        int tag = data[start];
        boolean key = (tag & 1) == 0 && (tag >> 1 & 7) <= 3 && (tag & 0x10) != 0;
        return key && little(data, start + 3, 3) == 0x2A019D;
    }

    private static int little(byte[] data, int at, int bytes) {
        int number = 0;
        for (int i = bytes - 1; i >= 0; i--) {
            number = number << 8 | (data[at + i] & 0xFF);
        }
        return number;
    }

    static IIOException cutOff() {
        return new IIOException("WebP picture data end too soon: the file is cut off");
    }

    private boolean readSegments() {
        boolean absolute = modes.flag();
        for (int i = 0; i < SEGMENTS; i++) {
            segmentQuantizer[i] = modes.optional(7);
        }
        for (int i = 0; i < SEGMENTS; i++) {
            segmentFilter[i] = modes.optional(6);
        }
        return absolute;
    }

    /** Four changes by reference frame, then four by mode; only the first of each matter here. */
    private int[] readFilterDeltas() {
        int[] deltas = new int[8];
        boolean used = modes.flag();
        if (used && modes.flag()) {
            for (int i = 0; i < deltas.length; i++) {
                deltas[i] = modes.optional(6);
            }
        }
        return deltas;
    }

    private static Vp8Bits[] parts(byte[] data, int start, int end, int count) throws IOException {
        int at = start + 3 * (count - 1);
        Vp8Bits[] parts = new Vp8Bits[count];
        for (int i = 0; i < count - 1 && at < end; i++) {
            int next = Math.min(end, at + little(data, start + 3 * i, 3));
            parts[i] = new Vp8Bits(data, at, next);
            at = next;
        }
        if (at >= end) {
            throw cutOff();
        }
        parts[count - 1] = new Vp8Bits(data, at, end);
        return parts;
    }

    private void readQuantizers() {
        int base = modes.number(7);
        int[] changes = new int[5];
        for (int i = 0; i < changes.length; i++) {
            changes[i] = modes.optional(4);
        }
        for (int i = 0; i < SEGMENTS; i++) {
            int level = segmented ? segmentQuantizer[i] : base;
            boolean relative = segmented && !segmentsAbsolute;
            quantizers[i] = Vp8Quantizer.of(relative ? level + base : level, changes);
        }
    }

    private void readCoefficients() {
        for (int i = 0; i < coefficients.length; i++) {
            boolean updated = modes.bit(Vp8Tables.UPDATES[i]) == 1;
            coefficients[i] = updated ? modes.number(8) : Vp8Tables.COEFFICIENTS[i];
        }
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    /** Returns macroblocks in a row. */
    int columns() {
        return (width + 15) >> 4;
    }

    /** Returns rows of macroblocks. */
    int rows() {
        return (height + 15) >> 4;
    }

    /** Returns the reader of the macroblocks' modes. */
    Vp8Bits modes() {
        return modes;
    }

    /** Returns the reader of a macroblock row's coefficients. */
    Vp8Bits tokens(int row) {
        return tokens[row & (tokens.length - 1)];
    }

    /** Reads which segment the next macroblock belongs to. */
    int readSegment() {
        if (!segmentMap) {
            return 0;
        }
        int high = modes.bit(segmentChances[0]);
        return 2 * high + modes.bit(segmentChances[1 + high]);
    }

    /** Reads whether the next macroblock has no coefficients. */
    boolean readSkip() {
        return skipping && modes.bit(skipChance) == 1;
    }

    Vp8Quantizer quantizer(int segment) {
        return quantizers[segment];
    }

    /** Returns the probabilities of coefficients: [kind][band][context][node], flat. */
    int[] coefficients() {
        return coefficients;
    }

    /** Returns how strongly a macroblock's edges are smoothed. */
    Vp8Smoothing smoothing(int segment, boolean inBlocks) {
        if (filterLevel == 0) {
            return Vp8Smoothing.NONE;
        }
        int level = segmented ? segmentFilter[segment] : filterLevel;
        if (segmented && !segmentsAbsolute) {
            level += filterLevel;
        }
        level += filterDelta + (inBlocks ? filterDeltaOfBlocks : 0);
        return Vp8Smoothing.of(simpleFilter, level, sharpness);
    }
}

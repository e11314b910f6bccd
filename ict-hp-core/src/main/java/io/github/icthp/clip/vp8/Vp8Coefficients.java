package io.github.icthp.clip.vp8;

import java.io.IOException;
import java.util.Arrays;

/**
 * Reads the macroblocks' coefficients (RFC 6386, section 13) and multiplies them by their
 * quantizers.
 */
final class Vp8Coefficients {

    // kinds of blocks
    private static final int LUMA_WITHOUT_FIRST = 0;
    private static final int MEANS = 1;
    private static final int CHROMA = 2;
    private static final int LUMA = 3;

    private static final int CONTEXTS = 3;
    private static final int BANDS = 8;
    private static final int[] BAND = {0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0};
    private static final int[] ZIGZAG = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};

    /** Probabilities of the extra bits of large values, from 11 on. */
    private static final int[][] EXTRA_BITS = {
        {173, 148, 140},
        {176, 155, 140, 135},
        {180, 157, 141, 134, 130},
        {254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129}
    };

    /**
     * Along a macroblock's edge it matters which blocks had coefficients: 4 of luma, 2 of U, 2 of
     * V, and that of the means.
     */
    private static final int EDGE = 9;

    private static final int EDGE_OF_MEANS = 8;

    private final Vp8Header header;
    private final int[] chances;
    private final int[] above;
    private final int[] left = new int[EDGE];
    private final short[] means = new short[Vp8Macroblock.BLOCK];
    private int firstStep;
    private int otherSteps;

    Vp8Coefficients(Vp8Header header) {
        this.header = header;
        this.chances = header.coefficients();
        this.above = new int[EDGE * header.columns()];
    }

    void startRow() {
        Arrays.fill(left, 0);
    }

    /**
     * Reads a macroblock's coefficients.
     *
     * @param block receives them
     * @param column its place in the row
     * @param bits where they are read from
     * @return whether the macroblock has any
     */
    boolean read(Vp8Macroblock block, int column, Vp8Bits bits) throws IOException {
        Arrays.fill(block.coefficients, (short) 0);
        int edge = EDGE * column;
        if (block.skipped) {
            int cleared = block.inBlocks ? EDGE_OF_MEANS : EDGE;
            Arrays.fill(above, edge, edge + cleared, 0);
            Arrays.fill(left, 0, cleared, 0);
            return false;
        }
        Vp8Quantizer steps = header.quantizer(block.segment);
        if (!block.inBlocks) {
            setSteps(steps.means(), steps.meansOthers());
            readMeans(block.coefficients, edge, bits);
        }
        boolean any = false;
        setSteps(steps.luma(), steps.lumaOthers());
        int kind = block.inBlocks ? LUMA : LUMA_WITHOUT_FIRST;
        for (int i = 0; i < 16; i++) {
            any |= readBlock(block, i, kind, bits, edge + (i & 3), i >> 2);
        }
        setSteps(steps.chroma(), steps.chromaOthers());
        for (int i = 0; i < 8; i++) {
            int plane = 4 + (i >> 2) * 2;
            int down = plane + (i >> 1 & 1);
            any |= readBlock(block, 16 + i, CHROMA, bits, edge + plane + (i & 1), down);
        }
        if (bits.isExhausted()) {
            throw Vp8Header.cutOff();
        }
        return any;
    }

    private void setSteps(int first, int others) {
        firstStep = first;
        otherSteps = others;
    }

    /** The luma blocks' first coefficients are coded together, transformed once more. */
    private void readMeans(short[] coefficients, int edge, Vp8Bits bits) {
        Arrays.fill(means, (short) 0);
        int context = above[edge + EDGE_OF_MEANS] + left[EDGE_OF_MEANS];
        int end = read(bits, MEANS, context, means, 0);
        above[edge + EDGE_OF_MEANS] = end > 0 ? 1 : 0;
        left[EDGE_OF_MEANS] = end > 0 ? 1 : 0;
        Vp8Transform.spreadMeans(means, coefficients);
    }

    /** Reads the block with a number, whose neighbours' places along the edges are given. */
    private boolean readBlock(
            Vp8Macroblock block, int number, int kind, Vp8Bits bits, int up, int side) {
        int at = number * Vp8Macroblock.BLOCK;
        int end = read(bits, kind, above[up] + left[side], block.coefficients, at);
        int some = end > (kind == LUMA_WITHOUT_FIRST ? 1 : 0) ? 1 : 0;
        above[up] = some;
        left[side] = some;
        return end > 1 || block.coefficients[at] != 0;
    }

    /** Reads a block, and returns the place behind its last coefficient. */
    private int read(Vp8Bits bits, int kind, int neighbours, short[] out, int at) {
        int context = neighbours;
        int n = kind == LUMA_WITHOUT_FIRST ? 1 : 0;
        int p = chance(kind, n, context);
        while (n < 16 && bits.bit(chances[p]) == 1) {
            while (bits.bit(chances[p + 1]) == 0) { // a zero is never followed by the end
                n++;
                if (n == 16) {
                    return 16;
                }
                p = chance(kind, n, 0);
            }
            int value = 1;
            context = 1;
            if (bits.bit(chances[p + 2]) == 1) {
                value = readLarge(bits, p);
                context = 2;
            }
            int step = n == 0 ? firstStep : otherSteps;
            out[at + ZIGZAG[n]] = (short) ((bits.flag() ? -value : value) * step);
            n++;
            p = chance(kind, n, context);
        }
        return n;
    }

    private static int chance(int kind, int n, int context) {
        return ((kind * BANDS + BAND[n]) * CONTEXTS + context) * Vp8Tables.NODES;
    }

    /** Reads a value of two or more. */
    private int readLarge(Vp8Bits bits, int p) {
        if (bits.bit(chances[p + 3]) == 0) {
            return bits.bit(chances[p + 4]) == 0 ? 2 : 3 + bits.bit(chances[p + 5]);
        }
        if (bits.bit(chances[p + 6]) == 0) {
            if (bits.bit(chances[p + 7]) == 0) {
                return 5 + bits.bit(159);
            }
            int high = bits.bit(165);
            return 7 + 2 * high + bits.bit(145);
        }
        int high = bits.bit(chances[p + 8]);
        int category = 2 * high + bits.bit(chances[p + 9 + high]);
        int extra = 0;
        for (int chance : EXTRA_BITS[category]) {
            extra = 2 * extra + bits.bit(chance);
        }
        return 3 + (8 << category) + extra;
    }
}

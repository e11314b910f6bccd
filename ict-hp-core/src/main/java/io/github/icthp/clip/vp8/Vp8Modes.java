package io.github.icthp.clip.vp8;

import java.io.IOException;
import java.util.Arrays;

/** Reads how macroblocks are predicted (RFC 6386, section 11). */
final class Vp8Modes {

    /** The tree of a 4x4 block's mode: what follows a 0 and a 1; leaves are modes, negated. */
    private static final int[] TREE = {
        0, 1, -1, 2, -2, 3, 4, 6, -3, 5, -4, -5, -6, 7, -7, 8, -8, -9
    };

    private final Vp8Header header;
    private final int[] above;
    private final int[] left = new int[4];

    Vp8Modes(Vp8Header header) {
        this.header = header;
        this.above = new int[4 * header.columns()];
    }

    /** Reads a row of macroblocks. */
    void readRow(Vp8Macroblock[] row) throws IOException {
        Arrays.fill(left, Vp8Macroblock.DC);
        for (int column = 0; column < row.length; column++) {
            read(row[column], 4 * column);
        }
        if (header.modes().isExhausted()) {
            throw Vp8Header.cutOff();
        }
    }

    private void read(Vp8Macroblock block, int place) {
        Vp8Bits bits = header.modes();
        block.segment = header.readSegment();
        block.skipped = header.readSkip();
        block.inBlocks = bits.bit(145) == 0;
        if (block.inBlocks) {
            for (int y = 0; y < 4; y++) {
                for (int x = 0; x < 4; x++) {
                    int mode = readBlock(bits, above[place + x], left[y]);
                    block.blockModes[4 * y + x] = mode;
                    above[place + x] = mode;
                    left[y] = mode;
                }
            }
        } else {
            block.lumaMode = readLuma(bits);
            Arrays.fill(above, place, place + 4, block.lumaMode);
            Arrays.fill(left, block.lumaMode);
        }
        block.chromaMode = readChroma(bits);
    }

    private static int readBlock(Vp8Bits bits, int above, int left) {
        int node = 0;
        do {
            int bit = bits.bit(Vp8Tables.blockMode(above, left, node));
            node = TREE[2 * node + bit];
        } while (node > 0);
        return -node;
    }

    private static int readLuma(Vp8Bits bits) {
        if (bits.bit(156) == 1) {
            return bits.bit(128) == 1 ? Vp8Macroblock.TRUE_MOTION : Vp8Macroblock.HORIZONTAL;
        }
        return bits.bit(163) == 1 ? Vp8Macroblock.VERTICAL : Vp8Macroblock.DC;
    }

    private static int readChroma(Vp8Bits bits) {
        if (bits.bit(142) == 0) {
            return Vp8Macroblock.DC;
        }
        if (bits.bit(114) == 0) {
            return Vp8Macroblock.VERTICAL;
        }
        return bits.bit(183) == 1 ? Vp8Macroblock.TRUE_MOTION : Vp8Macroblock.HORIZONTAL;
    }
}

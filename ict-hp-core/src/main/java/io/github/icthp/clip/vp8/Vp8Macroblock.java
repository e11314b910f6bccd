package io.github.icthp.clip.vp8;

/**
 * What the frame says of 16 x 16 pixels: how they are predicted, and the residue.
 *
 * <p>Modes are numbered as RFC 6386 does for 4x4 blocks; whole macroblocks use the first four.
 */
final class Vp8Macroblock {

    static final int DC = 0;
    static final int TRUE_MOTION = 1;
    static final int VERTICAL = 2;
    static final int HORIZONTAL = 3;

    /** Coefficients of a 4x4 block. */
    static final int BLOCK = 16;

    final int[] blockModes = new int[16];

    /** 16 luma blocks, 4 of U, 4 of V; each in rows. */
    final short[] coefficients = new short[24 * BLOCK];

    boolean inBlocks;
    int lumaMode;
    int chromaMode;
    int segment;
    boolean skipped;
}

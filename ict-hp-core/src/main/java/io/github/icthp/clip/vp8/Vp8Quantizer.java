package io.github.icthp.clip.vp8;

/**
 * By what the coefficients of a segment are multiplied (RFC 6386, sections 9.6 and 14.1): the first
 * of a block and the others, for luma, for the luma blocks' first coefficients, and for chroma.
 */
record Vp8Quantizer(
        int luma, int lumaOthers, int means, int meansOthers, int chroma, int chromaOthers) {

    /**
     * Builds a segment's steps.
     *
     * @param level its quantizer level
     * @param changes of the level, for: luma, means, meansOthers, chroma, chromaOthers
     */
    static Vp8Quantizer of(int level, int[] changes) {
        return new Vp8Quantizer(
                Vp8Tables.FIRST_STEPS[clip(level + changes[0], 127)],
                Vp8Tables.OTHER_STEPS[clip(level, 127)],
                2 * Vp8Tables.FIRST_STEPS[clip(level + changes[1], 127)],
                Math.max(8, Vp8Tables.OTHER_STEPS[clip(level + changes[2], 127)] * 155 / 100),
                Vp8Tables.FIRST_STEPS[clip(level + changes[3], 117)],
                Vp8Tables.OTHER_STEPS[clip(level + changes[4], 127)]);
    }

    private static int clip(int level, int largest) {
        return Math.max(0, Math.min(largest, level));
    }
}

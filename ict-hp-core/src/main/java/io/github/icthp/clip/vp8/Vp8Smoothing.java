package io.github.icthp.clip.vp8;

/**
 * How strongly the edges in a macroblock are smoothed (RFC 6386, sections 9.4 and 15).
 *
 * @param simple whether the simple filter is used, on luma alone
 * @param limit largest step across an inner edge that is smoothed; 0 smooths nothing
 * @param innerLimit largest step beside the edge
 * @param variance from which step on an edge counts as sharp
 */
record Vp8Smoothing(boolean simple, int limit, int innerLimit, int variance) {

    static final Vp8Smoothing NONE = new Vp8Smoothing(false, 0, 0, 0);

    static Vp8Smoothing of(boolean simple, int unclipped, int sharpness) {
        int level = Math.max(0, Math.min(63, unclipped));
        if (level == 0) {
            return NONE;
        }
        int inner = level;
        if (sharpness > 0) {
            inner = Math.min(inner >> (sharpness > 4 ? 2 : 1), 9 - sharpness);
        }
        inner = Math.max(1, inner);
        int variance = level >= 40 ? 2 : level >= 15 ? 1 : 0;
        return new Vp8Smoothing(simple, 2 * level + inner, inner, variance);
    }
}

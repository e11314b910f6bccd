package io.github.icthp.mask2former;

/**
 * An object that a detector found in a picture.
 *
 * @param label the number of its class, from 0
 * @param query the network's query that found it; one query may find several classes
 * @param score how sure the detector is of class and mask, in [0, 1]
 * @param left the first column
 * @param top the first row
 * @param right one past the last column
 * @param bottom one past the last row; all four are 0 if the mask is empty
 * @param mask its pixels
 */
public record DetectedObject(
        int label,
        int query,
        float score,
        float left,
        float top,
        float right,
        float bottom,
        ObjectMask mask) {}

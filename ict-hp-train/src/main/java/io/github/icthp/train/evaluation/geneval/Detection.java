package io.github.icthp.train.evaluation.geneval;

/**
 * An object that a detector found, in pixels of the picture.
 *
 * @param left the first column
 * @param top the first row
 * @param right one past the last column
 * @param bottom one past the last row
 * @param score how sure the detector is, in [0, 1]
 */
public record Detection(float left, float top, float right, float bottom, float score) {

    /**
     * Returns the overlap with another box: the intersection's share of the union, where a box
     * holds the pixels on all its edges, in single precision.
     *
     * @param other the other box
     * @return in [0, 1]; 0 if both are empty
     */
    float overlap(Detection other) {
        float shared =
                area(
                        Math.max(left, other.left),
                        Math.max(top, other.top),
                        Math.min(right, other.right),
                        Math.min(bottom, other.bottom));
        float union = area() + other.area() - shared;
        return union == 0 ? 0 : shared / union;
    }

    private float area() {
        return area(left, top, right, bottom);
    }

    private static float area(float left, float top, float right, float bottom) {
        return Math.max(right - left + 1, 0) * Math.max(bottom - top + 1, 0);
    }
}

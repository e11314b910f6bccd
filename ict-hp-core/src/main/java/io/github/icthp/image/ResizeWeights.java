package io.github.icthp.image;

/**
 * The weights with which the pixels of one line make those of a resized line: Pillow's bicubic
 * filter (a = -1/2), widened when shrinking so that every input pixel counts, normalized in double
 * and rounded half away from zero to 22 fractional bits ({@code Resample.c}: {@code
 * precompute_coeffs}, {@code normalize_coeffs_8bpc}).
 *
 * <p>Only the outputs {@code first} to {@code first + count - 1} are described, for a center crop
 * needs no more.
 */
final class ResizeWeights {

    /** Fractional bits of a weight. */
    static final int BITS = 22;

    private static final double SUPPORT = 2;
    private static final double A = -0.5;

    private final int count;
    private final int stride;
    private final int[] starts;
    private final int[] lengths;
    private final int[] weights;

    /**
     * Computes the weights.
     *
     * @param size pixels of the line
     * @param target pixels of the whole resized line
     * @param first the first output that is needed
     * @param count outputs that are needed
     */
    ResizeWeights(int size, long target, long first, int count) {
        double scale = (double) size / target;
        double widened = Math.max(scale, 1);
        double support = SUPPORT * widened;
        this.count = count;
        this.stride = Math.min(size, (int) Math.ceil(support) * 2 + 1);
        this.starts = new int[count];
        this.lengths = new int[count];
        this.weights = new int[Math.multiplyExact(count, stride)];
        double[] window = new double[stride];
        for (int i = 0; i < count; i++) {
            double center = (first + i + 0.5) * scale;
            int start = Math.max(0, (int) (center - support + 0.5));
            int end = Math.min(size, (int) (center + support + 0.5));
            starts[i] = start;
            lengths[i] = end - start;
            fill(window, start, end - start, center, 1 / widened);
            for (int j = 0; j < end - start; j++) {
                weights[i * stride + j] = fixed(window[j]);
            }
        }
    }

    private static void fill(
            double[] window, int start, int length, double center, double narrowing) {
        double sum = 0;
        for (int j = 0; j < length; j++) {
            window[j] = bicubic((j + start - center + 0.5) * narrowing);
            sum += window[j];
        }
        for (int j = 0; j < length && sum != 0; j++) {
            window[j] /= sum;
        }
    }

    private static double bicubic(double distance) {
        double x = Math.abs(distance);
        if (x < 1) {
            return ((A + 2) * x - (A + 3)) * x * x + 1;
        }
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
    }

    private static int fixed(double weight) {
        return (int) ((weight < 0 ? -0.5 : 0.5) + weight * (1 << BITS));
    }

    /** Returns how many outputs are described. */
    int count() {
        return count;
    }

    /** Returns the first input that output {@code i} is made of. */
    int start(int i) {
        return starts[i];
    }

    /** Returns how many inputs output {@code i} is made of. */
    int length(int i) {
        return lengths[i];
    }

    /** Returns where the weights of output {@code i} start in {@link #weights}. */
    int offset(int i) {
        return i * stride;
    }

    /** Returns all weights. */
    int[] weights() {
        return weights;
    }

    /** Returns the first input that any output needs. */
    int firstInput() {
        return starts[0];
    }

    /** Returns the input behind the last one that any output needs. */
    int endInput() {
        return starts[count - 1] + lengths[count - 1];
    }
}

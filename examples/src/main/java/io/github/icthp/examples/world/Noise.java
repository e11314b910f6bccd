package io.github.icthp.examples.world;

/** Smooth noise over the plane in [-1, 1], the same on every machine. */
final class Noise {

    private final long seed;

    Noise(long seed) {
        this.seed = seed;
    }

    /** Noise whose bumps are about 1 wide. */
    double at(double x, double y) {
        double left = Math.floor(x);
        double top = Math.floor(y);
        double u = smooth(x - left);
        double v = smooth(y - top);
        long i = (long) left;
        long j = (long) top;
        double above = mix(cell(i, j), cell(i + 1, j), u);
        double below = mix(cell(i, j + 1), cell(i + 1, j + 1), u);
        return mix(above, below, v);
    }

    /** Noise of three sizes, each half as wide and half as strong as the one before. */
    double rough(double x, double y) {
        return (4 * at(x, y) + 2 * at(2 * x + 17, 2 * y) + at(4 * x, 4 * y + 31)) / 7;
    }

    /** The noise's value at a corner of its grid. */
    double cell(long i, long j) {
        long z = seed + i * 0x9E3779B97F4A7C15L + j * 0xC2B2AE3D27D4EB4FL;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return ((z ^ z >>> 31) >>> 11) * 0x1p-52 - 1;
    }

    private static double smooth(double t) {
        return t * t * (3 - 2 * t);
    }

    private static double mix(double a, double b, double share) {
        return a + (b - a) * share;
    }
}

package io.github.icthp.examples.world;

/**
 * A color in sRGB, each part in [0, 1] unless a computation overshoots.
 *
 * @param r red
 * @param g green
 * @param b blue
 */
record Rgb(double r, double g, double b) {

    static final Rgb WHITE = new Rgb(1, 1, 1);
    static final Rgb BLACK = new Rgb(0, 0, 0);

    static Rgb gray(double value) {
        return new Rgb(value, value, value);
    }

    /** A color by hue in degrees, saturation and value. */
    static Rgb ofHsv(double hue, double saturation, double value) {
        return new Rgb(
                channel(5, hue, saturation, value),
                channel(3, hue, saturation, value),
                channel(1, hue, saturation, value));
    }

    private static double channel(int n, double hue, double saturation, double value) {
        double k = (n + hue / 60) % 6;
        return value * (1 - saturation * Math.max(0, Math.min(1, Math.min(k, 4 - k))));
    }

    /** A color as {@code BufferedImage} packs it. */
    static Rgb ofPacked(int packed) {
        return new Rgb(
                (packed >> 16 & 255) / 255.0, (packed >> 8 & 255) / 255.0, (packed & 255) / 255.0);
    }

    /** Packs the color, parts outside [0, 1] cut off. */
    int packed() {
        return level(r) << 16 | level(g) << 8 | level(b);
    }

    private static int level(double part) {
        return (int) (Math.max(0, Math.min(1, part)) * 255 + 0.5);
    }

    Rgb times(double factor) {
        return new Rgb(r * factor, g * factor, b * factor);
    }

    /** This color with a share of another over it. */
    Rgb mix(Rgb other, double share) {
        return new Rgb(
                r + (other.r - r) * share, g + (other.g - g) * share, b + (other.b - b) * share);
    }

    /** The largest part. */
    double value() {
        return Math.max(r, Math.max(g, b));
    }

    /** How colorful it is: the largest part less the least. */
    double chroma() {
        return value() - Math.min(r, Math.min(g, b));
    }

    /** The hue in degrees, 0 for a gray. */
    double hue() {
        double chroma = chroma();
        if (chroma == 0) {
            return 0;
        }
        double sextant;
        if (value() == r) {
            sextant = (g - b) / chroma + 6;
        } else if (value() == g) {
            sextant = (b - r) / chroma + 2;
        } else {
            sextant = (r - g) / chroma + 4;
        }
        return sextant % 6 * 60;
    }
}
